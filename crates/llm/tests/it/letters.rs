//! Letters by the likeliest first tokens of a chat's reply.

use crate::{likelihood::served, support};
use examen_fake_server::{Abilities, FakeServer, Faults};
use examen_llm::{Letters, Limits, NoLetters};

fn server(abilities: Abilities) -> FakeServer {
    FakeServer::start_with(0, Faults::default(), abilities).expect("a free port")
}

const QUESTION: &str = "Which one?\nA. red\nB. blue\nC. green\nD. black\nAnswer:";

#[tokio::test]
async fn a_server_is_asked_for_as_many_tokens_as_it_lists() {
    for (n_given, n_asked) in [(20, 20), (5, 5)] {
        let server = server(Abilities {
            top_log_probs: n_given,
            ..Abilities::default()
        });
        let served = served(&server, Limits::default());
        let letters = Letters::probe(&served).await.unwrap();
        assert_eq!(letters.n_top, n_asked);
        let request = support::request(QUESTION);
        let first = served.first_token(&request, letters.n_top).await.unwrap();
        let sum: f64 = ["A", "B", "C", "D"]
            .iter()
            .filter_map(|it| first.of(it))
            .map(|it| it.0.exp())
            .sum();
        assert!(sum > 0.9 && sum < 1.0, "{sum}");
        assert_eq!(first.of("E"), None);
    }
}

#[tokio::test]
async fn a_chat_without_top_logprobs_has_no_letters() {
    let server = server(Abilities::default());
    let error = Letters::probe(&served(&server, Limits::default()))
        .await
        .unwrap_err();
    assert!(matches!(error, NoLetters::None(_)), "{error}");
}

#[tokio::test]
async fn who_thinks_first_has_no_letter_among_its_first_tokens() {
    let server = server(Abilities {
        top_log_probs: 20,
        thinking: true,
        ..Abilities::default()
    });
    let served = served(&server, Limits::default());
    let first = served
        .first_token(&support::request(QUESTION), 20)
        .await
        .unwrap();
    assert!(
        ["A", "B", "C", "D"]
            .iter()
            .all(|letter| first.of(letter).is_none())
    );
}
