//! The addresses of Azure OpenAI. What is posted there is OpenAI's.
//!
//! Source: Microsoft, "Azure OpenAI in Microsoft Foundry Models v1 API" (`/openai/v1`, no version, the deployment is
//! named as the model) and "Azure OpenAI Service REST API reference" (`/openai/deployments/NAME`, with `api-version`).

use super::openai_compatible::OpenAiCompatible;
use crate::{
    backends::{
        endpoint::Endpoint,
        options::ServerOptions,
        vendor::{Api, Site},
    },
    error::ChatError,
};

/// OpenAI's API at Azure's addresses, with Azure's header for the key.
pub(super) const API: Api = Api::new("azure", &OpenAiCompatible { site });

/// The last version of the older API that is not a preview.
const API_VERSION: &str = "api-version=2024-10-21";

fn site(options: &ServerOptions) -> Result<Site, ChatError> {
    let endpoint = endpoint(&options.base_url, &options.model)?;
    Ok(Site {
        key_header: ("api-key", ""),
        // It lists models, and requests name deployments.
        lists_model_names: false,
        ..Site::new(endpoint, "chat/completions", options)
    })
}

/// The base of the API:
/// - `https://RESOURCE.openai.azure.com` alone means the newer API, `/openai/v1`;
/// - `…/openai/deployments/NAME`, as the portal shows it, and `…/openai` are the older one; the deployment is
///   `deployment` where the address names none, and the version 2024-10-21.
fn endpoint(pasted: &str, deployment: &str) -> Result<Endpoint, ChatError> {
    let endpoint = Endpoint::parse_with(pasted, "/openai/v1")?;
    let path = endpoint.path().trim_end_matches('/').to_owned();
    let path = if path.ends_with("/openai") {
        format!("{path}/deployments/{deployment}")
    } else {
        path
    };
    let needs_version = path.contains("/deployments/") && !endpoint.has_query();
    let endpoint = endpoint.with_path(&path);
    Ok(if needs_version {
        endpoint.with_query(API_VERSION)
    } else {
        endpoint
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_portal_shows_is_understood() {
        let at = |pasted: &str| {
            endpoint(pasted, "mine")
                .expect("a good address")
                .at("chat/completions")
                .to_string()
        };
        assert_eq!(
            at("r.openai.azure.com"),
            "https://r.openai.azure.com/openai/v1/chat/completions"
        );
        assert_eq!(
            at("https://r.openai.azure.com/openai/v1/"),
            "https://r.openai.azure.com/openai/v1/chat/completions"
        );
        let old =
            "https://r.openai.azure.com/openai/deployments/mine/chat/completions?api-version=";
        assert_eq!(
            at("https://r.openai.azure.com/openai"),
            format!("{old}2024-10-21")
        );
        assert_eq!(
            at("https://r.openai.azure.com/openai/deployments/mine"),
            format!("{old}2024-10-21")
        );
        assert_eq!(
            at(&format!("{old}2025-01-01-preview")),
            format!("{old}2025-01-01-preview")
        );
    }
}
