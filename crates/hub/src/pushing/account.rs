//! Whose token it is.

use super::{refused, token};
use crate::{HubAccess, HubError, sources::hugging_face::Connection};
use serde::Serialize;

/// An account of the Hub.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Account {
    /// Its name, under which its repositories are.
    pub name: String,
    /// Organizations that it belongs to.
    pub organizations: Vec<String>,
    /// Address of the Hub.
    pub endpoint: String,
}

/// Asks the Hub whose the token is.
///
/// # Errors
/// If there is no token, or the Hub does not take it.
pub async fn account(access: &HubAccess) -> Result<Account, HubError> {
    let title = "the account";
    token(access, title)?;
    let client = Connection::open(access, title)?.client;
    let user = client.whoami().send().await;
    let user = user.map_err(|error| refused(title, error))?;
    let organizations = user.orgs.unwrap_or_default();
    Ok(Account {
        name: user.username,
        organizations: organizations
            .into_iter()
            .filter_map(|org| org.name)
            .collect(),
        endpoint: client.endpoint().to_owned(),
    })
}
