//! Results → a pull request on the Hub: to the model's repository, whose page shows them, or to a dataset of results.

use crate::{
    console::{self, Bar},
    failure::Failure,
    models,
};
use clap::Args;
use examen_evaluate::RunSummary;
use examen_hub::{HuggingFaceFile, ModelSource, Push, PushedFile, RepositoryKind};
use std::path::{Component, Path, PathBuf};

/// The folder of results in a repository.
const FOLDER: &str = ".eval_results";
/// Before the name of a dataset.
const DATASET: &str = "datasets/";

/// The push to the Hub.
#[derive(Debug, Args)]
#[command(next_help_heading = "Result")]
pub(super) struct PushArguments {
    /// Propose the results (as --also hub-results writes them) to the Hub in a pull request: to the model's own repository,
    /// to ORG/NAME, or to a dataset of results, datasets/ORG/NAME
    #[arg(long, value_name = "REPOSITORY", num_args = 0..=1, default_missing_value = "")]
    push: Option<String>,
}

/// A repository that gets the results.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Target {
    kind: RepositoryKind,
    repository: String,
}

impl PushArguments {
    pub(super) fn is_asked(&self) -> bool {
        self.push.is_some()
    }

    /// Where the results of these models go. A repository of a model has those of one.
    pub(super) fn target(&self, models: &[String]) -> Result<Option<Target>, Failure> {
        let Some(named) = &self.push else {
            return Ok(None);
        };
        let target = match named.strip_prefix(DATASET) {
            Some(name) => Target {
                kind: RepositoryKind::Dataset,
                repository: name.to_owned(),
            },
            None => Target {
                kind: RepositoryKind::Model,
                repository: of_model(named, models)?,
            },
        };
        HuggingFaceFile::dataset(&format!("hf:{}", target.repository))
            .ok()
            .filter(|named| named.file.is_none() && named.revision.is_none())
            .ok_or_else(|| {
                Failure::usage(format!("--push {named} names no repository"))
                    .hint("write --push ORG/NAME or --push datasets/ORG/NAME")
            })?;
        Ok(Some(target))
    }
}

/// The model's repository: the one that is named, else the one that the model is from.
fn of_model(named: &str, models: &[String]) -> Result<String, Failure> {
    let [model] = models else {
        return Err(Failure::usage(
            "--push to a model's repository takes the results of one model",
        )
        .hint("name a dataset for them all: --push datasets/ORG/NAME"));
    };
    if !named.is_empty() {
        return Ok(named.to_owned());
    }
    match ModelSource::parse(model) {
        Ok(ModelSource::HuggingFace(file)) => {
            Ok(format!("{}/{}", file.organization, file.repository))
        }
        _ => Err(Failure::usage(format!(
            "--push does not say where to, and {model} is from no repository of the Hub"
        ))
        .hint("name one: --push ORG/NAME, or --push datasets/ORG/NAME")),
    }
}

impl Target {
    /// Is the token taken? Asked before hours of work.
    pub(super) async fn check(&self) -> Result<(), Failure> {
        examen_hub::account(&models::hub_access()).await?;
        Ok(())
    }

    /// Proposes the results of the runs, and says where.
    pub(super) async fn push(&self, runs: &[RunSummary]) -> Result<(), Failure> {
        let files = runs.iter().flat_map(|run| run.files.iter());
        let files: Vec<PushedFile> = files.filter_map(|path| self.file(path)).collect();
        if files.is_empty() {
            return Err(Failure::new("there is no result to push")
                .hint("no question could be scored; the reasons are above"));
        }
        let push = Push {
            kind: self.kind,
            repository: &self.repository,
            branch: None,
            is_public: false,
            as_pull_request: true,
            tag: None,
            message: "Add evaluation results",
            files: &files,
            parent: None,
        };
        let pushed = examen_hub::push(&models::hub_access(), &push, &Bar::new()).await?;
        let place = pushed.pull_request.unwrap_or(pushed.url);
        console::say(&format!("proposed the results: {place}"));
        Ok(())
    }

    /// A file of results, and its path in the repository: in a dataset below its model's name.
    fn file(&self, path: &Path) -> Option<PushedFile> {
        let parts: Vec<Component<'_>> = path.components().collect();
        let is_folder = |part: &Component<'_>| part.as_os_str() == FOLDER;
        let results = parts.iter().rposition(is_folder)?;
        let first = match self.kind {
            RepositoryKind::Model => results,
            // `hub/<model>/.eval_results/<task>.yaml`: all but `hub`.
            RepositoryKind::Dataset => parts[..results]
                .iter()
                .rposition(|part| part.as_os_str() == "hub")
                .map_or(results, |hub| hub + 1),
        };
        let inside: PathBuf = parts[first..].iter().collect();
        Some(PushedFile {
            path: inside.to_string_lossy().into_owned(),
            from: path.to_owned(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn target(push: &str, models: &[&str]) -> Result<Option<Target>, Failure> {
        let arguments = PushArguments {
            push: Some(push.to_owned()),
        };
        let models: Vec<String> = models.iter().map(|model| (*model).to_owned()).collect();
        arguments.target(&models)
    }

    #[test]
    fn results_go_to_the_models_repository_or_to_the_one_that_is_named() {
        let path = Path::new("out/hub/org/small/.eval_results/exam_questions.yaml");
        for (push, models, kind, repository, file) in [
            (
                "",
                &["hf:org/small"][..],
                RepositoryKind::Model,
                "org/small",
                ".eval_results/exam_questions.yaml",
            ),
            (
                "me/fork",
                &["hf:org/small"],
                RepositoryKind::Model,
                "me/fork",
                ".eval_results/exam_questions.yaml",
            ),
            (
                "datasets/me/results",
                &["a", "b"],
                RepositoryKind::Dataset,
                "me/results",
                "org/small/.eval_results/exam_questions.yaml",
            ),
        ] {
            let target = target(push, models).unwrap().unwrap();
            assert_eq!(
                (target.kind, target.repository.as_str()),
                (kind, repository)
            );
            assert_eq!(target.file(path).unwrap().path, file);
            assert_eq!(target.file(Path::new("out/results/a.json")), None);
        }
    }

    #[test]
    fn what_names_no_repository_is_refused() {
        for (push, models) in [
            ("", &["./model.gguf"][..]),
            ("org/name", &["hf:org/a", "hf:org/b"]),
            ("datasets/name", &["a"]),
            ("org/name@main", &["hf:org/a"]),
            ("a/b/c", &["hf:org/a"]),
        ] {
            let failure = target(push, models).unwrap_err();
            assert!(failure.hint.is_some() && failure.exit_code() == 2, "{push}");
        }
    }
}
