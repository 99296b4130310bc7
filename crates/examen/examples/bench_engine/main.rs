//! What `cargo xtask bench engine` measures inside a process: the machine's matrix product, the parts of a scored exam,
//! decoding, and a model of 7B shape. Each measurement is one line of JSON on stdout. Whole runs are measured from
//! outside, by xtask.

mod cost;
mod decode;
mod large;
mod parts;
mod peak;
mod score;
mod work;

use examen_engine::{Engine, EngineOptions};
use serde_json::Value;
use std::{error::Error, path::Path, process::ExitCode};

type Outcome<T> = Result<T, Box<dyn Error>>;

const USAGE: &str = "usage: bench_engine peak
       bench_engine score MODEL.gguf EXAM QUESTIONS SHOTS THREADS
       bench_engine decode MODEL THREADS
       bench_engine large FOLDER TOKENIZER.json THREADS";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match run(&arguments.iter().map(String::as_str).collect::<Vec<_>>()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            say(&error.to_string());
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: &[&str]) -> Outcome<()> {
    match arguments {
        ["peak"] => print(&peak::measure()?),
        ["score", model, exam, n_questions, shots, threads] => {
            let exam = score::Held {
                file: Path::new(exam),
                n_questions: n_questions.parse()?,
                n_shots: shots.parse()?,
            };
            print(&score::measure(Path::new(model), &exam, threads.parse()?)?);
        }
        ["decode", model, threads] => decode::measure(Path::new(model), threads.parse()?, print)?,
        ["large", folder, tokenizer, threads] => {
            print(&large::measure(
                Path::new(folder),
                Path::new(tokenizer),
                threads.parse()?,
            )?);
        }
        _ => return Err(USAGE.into()),
    }
    Ok(())
}

/// Loads a model as the product does, but on a known number of threads.
fn load(model: &Path, n_threads: usize) -> Outcome<Engine> {
    Ok(Engine::load(
        model,
        EngineOptions {
            n_threads: Some(n_threads),
            ..EngineOptions::default()
        },
    )?)
}

#[expect(clippy::print_stdout, reason = "results go to stdout")]
fn print(value: &Value) {
    println!("{value}");
}

#[expect(clippy::print_stderr, reason = "errors go to stderr")]
fn say(text: &str) {
    eprintln!("{text}");
}
