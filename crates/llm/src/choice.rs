//! Looks if a server can be held to one of some texts.

use crate::{
    backends::dialect::{Dialect, ResponseFormat},
    chat::{ChatRequest, Constraint, Message, Role, Sampling},
    error::ChatError,
    served::Served,
};

/// Room for a model that thinks before it answers.
const MAX_TOKENS: usize = 1024;

/// Asks for a choice in words that ask for something else.
///
/// # Errors
/// [`Ok(Err)`](Result): the reason why the server cannot be held to a choice. `Err`: the server could not be asked.
pub async fn probe(served: &Served) -> Result<Result<(), String>, ChatError> {
    let known = served.remote().dialect();
    let formats = match known.has_tools {
        true => vec![ResponseFormat::JsonSchema, ResponseFormat::Tool],
        false => vec![ResponseFormat::JsonSchema],
    };
    let mut refusal = String::new();
    for response_format in formats {
        let dialect = Dialect {
            response_format,
            ..known
        };
        match served.chat_in(&request(), dialect).await {
            Ok(_) => return Ok(Ok(())),
            Err(ChatError::Setting { reason, .. }) => refusal = reason,
            Err(error) => match error.into_fault() {
                Ok(fault) => refusal = fault.to_string(),
                Err(error) => return Err(error),
            },
        }
    }
    Ok(Err(refusal))
}

fn request() -> ChatRequest {
    ChatRequest {
        messages: vec![Message {
            role: Role::User,
            content: "Write one sentence about rivers.".into(),
        }],
        constraint: Some(Constraint::Choice(vec![
            "teal".to_owned(),
            "umber".to_owned(),
        ])),
        sampling: Sampling::greedy(MAX_TOKENS),
    }
}
