//! Progress of a dataset, and of everybody in it.

use crate::server::argilla::protocol::{
    caller::{Caller, Need},
    refused::Refused,
    request::Id,
};
use crate::{
    server::AppState,
    store::{ResponseCounts, UserProgress},
};
use axum::{Json, extract::State};
use examen_argilla::answers;

/// How far a dataset is.
#[utoipa::path(get, path = "/datasets/{dataset_id}/progress", responses((status = 200, body = answers::Progress)))]
pub(super) async fn of_dataset(
    State(state): State<AppState>,
    caller: Caller,
    Id(id): Id,
) -> Result<Json<answers::Progress>, Refused> {
    caller.dataset(&state, id, Need::Member).await?;
    let progress = state.store.progress(id, caller.0.id).await?;
    let users = state.store.users_progress(id).await?;
    Ok(Json(answers::Progress {
        total: progress.total,
        completed: progress.completed,
        pending: progress.total - progress.completed,
        users: users
            .into_iter()
            .map(|user| answers::Username {
                username: user.username,
            })
            .collect(),
    }))
}

/// How far everybody is.
#[utoipa::path(
    get,
    path = "/datasets/{dataset_id}/users/progress",
    responses((status = 200, body = answers::UsersProgress))
)]
pub(super) async fn of_users(
    State(state): State<AppState>,
    caller: Caller,
    Id(id): Id,
) -> Result<Json<answers::UsersProgress>, Refused> {
    caller.dataset(&state, id, Need::Member).await?;
    let shown = |user: UserProgress| answers::UserProgress {
        username: user.username,
        completed: counts(user.completed),
        pending: counts(user.pending),
    };
    Ok(Json(answers::UsersProgress {
        users: state
            .store
            .users_progress(id)
            .await?
            .into_iter()
            .map(shown)
            .collect(),
    }))
}

/// How far the caller is.
#[utoipa::path(get, path = "/me/datasets/{dataset_id}/metrics", responses((status = 200, body = answers::MyMetrics)))]
pub(super) async fn mine(
    State(state): State<AppState>,
    caller: Caller,
    Id(id): Id,
) -> Result<Json<answers::MyMetrics>, Refused> {
    caller.dataset(&state, id, Need::Member).await?;
    let mine = state.store.progress(id, caller.0.id).await?.mine;
    let pending = state.store.pending_for(id, caller.0.id).await?;
    let (submitted, discarded, draft) = (mine.submitted, mine.discarded, mine.draft);
    let total = submitted + discarded + draft + pending;
    Ok(Json(answers::MyMetrics {
        responses: answers::MyResponses {
            total,
            submitted,
            discarded,
            draft,
            pending,
        },
    }))
}

fn counts(counts: ResponseCounts) -> answers::ResponseCounts {
    answers::ResponseCounts {
        submitted: counts.submitted,
        discarded: counts.discarded,
        draft: counts.draft,
    }
}
