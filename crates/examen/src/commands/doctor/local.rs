//! Looks at a model of this process.

use super::{
    Check,
    probes::{self, failed},
};
use crate::models::{self, Hardware, Use};
use examen_engine::Engine;
use examen_llm::ChatModel;

pub(super) async fn checks(model: &str, hardware: Hardware) -> Vec<Check> {
    let engine = match models::engine(model, hardware, Use::Writing).await {
        Ok(loaded) => loaded.engine,
        Err(failure) => {
            let check = Check::failed("model", failure.message).needed();
            return vec![match failure.hint {
                Some(hint) => check.advice(hint),
                None => check,
            }];
        }
    };
    let mut checks = vec![loaded(&engine), template(&engine)];
    if engine.description().can_chat {
        let answered = probes::timed(&engine, &probes::plain()).await;
        checks.push(probes::reply(&answered));
        checks.push(schema(&engine).await);
        checks.push(Check::passed(
            "choice",
            "kept: evaluate can hold a reply to a letter",
        ));
        let (one, other) = (
            engine.chat(&probes::random()).await,
            engine.chat(&probes::random()).await,
        );
        checks.push(probes::seed(&one, &other));
        checks.extend(answered.iter().map(probes::latency));
    }
    checks.push(Check::passed("letters", "evaluate can compare letters"));
    checks.push(Check::passed("likelihood", "evaluate can score any text"));
    checks.push(Check::passed(
        "context",
        format!("{} tokens", engine.context_length()),
    ));
    checks
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
