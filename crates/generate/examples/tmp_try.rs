//! throwaway
use examen_engine::{Engine, EngineOptions};
use examen_llm::{ChatModel, ChatRequest};
use std::io::Read;
#[tokio::main]
async fn main() {
    let a: Vec<String> = std::env::args().collect();
    let engine = Engine::load(std::path::Path::new(&a[1]), EngineOptions::default()).unwrap();
    let mut s = String::new();
    std::io::stdin().read_to_string(&mut s).unwrap();
    let requests: Vec<ChatRequest> = serde_json::from_str(&s).unwrap();
    for r in requests {
        let t = std::time::Instant::now();
        match engine.chat(&r).await {
            Ok(x) => println!("{:?} {:?} {:?}\n{}\n", t.elapsed(), x.finish, x.usage, x.text),
            Err(e) => println!("{e}"),
        }
    }
}
