//! Looks at a model of this process.

use super::{
    Check, Findings,
    probes::{self, failed},
};
use crate::{
    failure::Failure,
    models::{self, Hardware, Use},
};
use examen_engine::Engine;
use examen_llm::ChatModel;

/// Tokens that show if two replies are the same. A model of this process may write ten a second.
const FEW_TOKENS: usize = 32;

pub(super) async fn look(
    model: &str,
    hardware: Hardware,
    findings: &mut Findings,
) -> Result<(), Failure> {
    let engine = match models::engine(model, hardware, Use::Writing).await {
        Ok(loaded) => loaded.engine,
        Err(failure) => {
            let check = Check::failed("model", failure.message).needed();
            return findings.add(match failure.hint {
                Some(hint) => check.advice(hint),
                None => check,
            });
        }
    };
    findings.add(loaded(&engine))?;
    findings.add(template(&engine))?;
    if engine.description().can_chat {
        chat(&engine, findings).await?;
    }
    findings.add(Check::passed("letters", "evaluate can compare letters"))?;
    findings.add(Check::passed("likelihood", "evaluate can score any text"))?;
    let context = format!("{} tokens", engine.context_length());
    findings.add(Check::passed("context", context))
}

/// The checks of a model that writes.
async fn chat(engine: &Engine, findings: &mut Findings) -> Result<(), Failure> {
    findings.add(probes::reply(&engine.chat(&probes::plain()).await))?;
    findings.add(schema(engine).await)?;
    let held = "kept: evaluate can hold a reply to a letter";
    findings.add(Check::passed("choice", held))?;
    let request = probes::random(FEW_TOKENS);
    let one = engine.chat(&request).await;
    findings.add(probes::seed(&one, &engine.chat(&request).await))?;
    findings.add(probes::speed(engine).await)
}

fn loaded(engine: &Engine) -> Check {
    let about = engine.description();
    let millions = about.n_parameters as f64 / 1e6;
    Check::passed(
        "model",
        format!(
            "{}, {millions:.0} M parameters, {}",
            about.architecture,
            about.dtypes.join(", ")
        ),
    )
    .needed()
}

fn template(engine: &Engine) -> Check {
    let about = engine.description();
    match &about.template_fault {
        _ if about.can_chat => Check::passed("chat template", "it has one").needed(),
        Some(fault) => Check::failed("chat template", format!("cannot be used: {fault}"))
            .advice("fetch the model's files again, or take another model")
            .needed(),
        None => Check::failed("chat template", "none: a base model")
            .advice(
                "choose an instruction-tuned model to write questions; evaluate can grade this one",
            )
            .needed(),
    }
}

async fn schema(engine: &Engine) -> Check {
    match engine.chat(&probes::shaped()).await {
        Ok(reply) if probes::keeps_schema(&reply.text) => Check::passed("JSON schema", "kept"),
        Ok(reply) => Check::failed(
            "JSON schema",
            format!("not kept: “{}”", probes::first_words(&reply.text)),
        ),
        Err(error) => failed("JSON schema", &error),
    }
}
