//! The judge: a second model that says what replies are worth. Its flags, where it is, and what it is told.

use super::{Loaded, Plan};
use crate::{
    failure::Failure,
    models::{self, Use},
};
use clap::Args;
use examen_evaluate::{
    Judge, JudgeLabels, Rubric, Task, Way,
    metrics::{self, Metric, Reads},
};
use examen_llm::{ChatModel, Price};
use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

/// The flags.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "Judge of replies")]
pub(crate) struct JudgeArguments {
    /// Second model that judges each reply by a rubric, for the metric `judge` (--answer generate, and tasks with replies);
    /// named like --model, may be the same one
    #[arg(long, value_name = "MODEL")]
    judge_model: Option<String>,
    /// What the judge is asked: reference (is the reply right, by the key), pair (is it better than the reference, asked in both
    /// orders), or a YAML file
    #[arg(
        long,
        value_name = "NAME|FILE",
        requires = "judge_model",
        default_value = "reference"
    )]
    judge_rubric: String,
    /// Labels of some replies, to tell how far the judge agrees with them: JSON Lines with question_id, verdict and, where the label
    /// is of one reply alone, reply
    #[arg(long, value_name = "FILE", requires = "judge_model")]
    judge_labels: Option<PathBuf>,
    /// Vendor of the judge (default: that of --model, unless the name is that of a local model)
    #[arg(long, value_name = "NAME", requires = "judge_model", value_parser = models::provider_names(), hide_possible_values = true)]
    judge_provider: Option<String>,
    /// Address of the judge's server (default: likewise)
    #[arg(long, value_name = "URL", requires = "judge_model")]
    judge_base_url: Option<String>,
    /// Price of the judge in US dollars per million tokens read and written (--price is that of --model)
    #[arg(long, value_name = "IN,OUT", requires = "judge_model")]
    judge_price: Option<Price>,
}

/// Name of the metric that the judge is for.
const METRIC: &str = "judge";

impl JudgeArguments {
    /// The metrics of a task, `judge` first where there is a judge and it is not named.
    pub(super) fn metrics(
        &self,
        task: &Task,
        mut metrics: Vec<&'static dyn Metric>,
    ) -> Result<Vec<&'static dyn Metric>, Failure> {
        let reads_it = metrics
            .iter()
            .any(|metric| metric.card().reads == Reads::Verdict);
        if self.judge_model.is_none() {
            return match reads_it {
                true => Err(Failure::usage("--metrics judge needs a model that judges")
                    .hint("name it with --judge-model MODEL")),
                false => Ok(metrics),
            };
        }
        if task.way != Way::Generate {
            return Err(Failure::usage(format!(
                "--judge-model judges replies, and {} is answered by {}, which gives none",
                task.name, task.way
            ))
            .hint("--answer generate asks for replies"));
        }
        if !reads_it {
            metrics.insert(0, metrics::find(METRIC).expect("the list has it"));
        }
        Ok(metrics)
    }

    /// Tells a wrong name, rubric or list of labels before anything is asked.
    pub(super) fn check(
        &self,
        servers: &models::Servers,
        models: &[String],
    ) -> Result<(), Failure> {
        let Some(name) = &self.judge_model else {
            return Ok(());
        };
        let rubric = self.rubric(None)?;
        self.labels(&rubric)?;
        let servers = self.servers(servers, name, models);
        match servers.of(name)? {
            Some(remote) => servers.spending.price(Some(&remote), name).map(drop),
            None => models::locate(name, Use::Writing).map(drop),
        }
    }

    /// Connects to the judge, or loads it; `None` where there is none.
    pub(super) async fn connect(
        &self,
        plan: &Plan,
        pool: &models::Pool,
    ) -> Result<Option<Connected>, Failure> {
        let Some(name) = &self.judge_model else {
            return Ok(None);
        };
        let servers = self.servers(&plan.servers, name, &plan.models);
        let Some(remote) = servers.of(name)? else {
            return self.load(name, plan).await.map(Some);
        };
        let served = models::served(name, &remote, &servers, pool)?;
        let address = served.remote().endpoint().to_string();
        Ok(Some(Connected {
            fingerprint: format!("{address}{}", remote.extras.fingerprint()),
            price: servers.spending.price(Some(&remote), name)?,
            is_constrained: models::can_judge(&served).await?,
            model: served,
            loaded: None,
        }))
    }

    async fn load(&self, name: &str, plan: &Plan) -> Result<Connected, Failure> {
        let new = models::engine(name, plan.hardware, Use::Writing).await?;
        if !new.engine.description().can_chat {
            return Err(Failure::usage(format!(
                "`{name}` has no chat template that can be used: it cannot judge"
            ))
            .hint("choose an instruction-tuned model (`examen models` lists some)"));
        }
        let engine = Arc::new(new.engine);
        let loaded = Loaded {
            engine: Arc::clone(&engine),
            fingerprint: new.fingerprint.clone(),
        };
        Ok(Connected {
            model: engine,
            fingerprint: new.fingerprint,
            price: Some(self.judge_price.unwrap_or(Price::FREE)),
            is_constrained: true,
            loaded: Some((name.to_owned(), loaded)),
        })
    }

    /// The judge of a task's replies.
    pub(super) fn judge(&self, task: &Task, connected: &Connected) -> Result<Judge, Failure> {
        let rubric = self.rubric(task.language())?;
        Ok(Judge {
            labels: self.labels(&rubric)?,
            rubric,
            model: Arc::clone(&connected.model),
            fingerprint: connected.fingerprint.clone(),
            is_constrained: connected.is_constrained,
            price: connected.price,
        })
    }

    fn rubric(&self, language: Option<&str>) -> Result<Rubric, Failure> {
        let name = &self.judge_rubric;
        if let Some(rubric) = Rubric::built_in(name, language.unwrap_or("en")) {
            return Ok(rubric);
        }
        let file = Path::new(name);
        if file.is_file() {
            return Ok(Rubric::read(file)?);
        }
        let known = Rubric::NAMES.join(", ");
        Err(Failure::usage(format!(
            "--judge-rubric `{name}` is neither a rubric ({known}) nor a file"
        ))
        .hint("the guide, `examen evaluate`, shows the form of such a file"))
    }

    fn labels(&self, rubric: &Rubric) -> Result<JudgeLabels, Failure> {
        let file = self.judge_labels.as_ref();
        let labels = file
            .map(|file| JudgeLabels::read(file, rubric))
            .transpose()?;
        Ok(labels.unwrap_or_default())
    }

    /// Where the judge is, and on which terms: with the models that are graded, but for what the flags say.
    fn servers(&self, servers: &models::Servers, name: &str, models: &[String]) -> models::Servers {
        let is_graded = models.iter().any(|model| model == name);
        let judge = models::Second {
            model: name,
            is_first: is_graded,
            provider: self.judge_provider.as_ref(),
            base_url: self.judge_base_url.as_ref(),
        };
        let spending = match self.judge_price {
            None if is_graded && judge.is_with_first() => servers.spending.clone(),
            price => servers.spending.with_price(price),
        };
        models::Servers {
            address: servers.address.of_second(&judge),
            spending,
            ..servers.clone()
        }
    }
}

/// A judge that answers.
pub(super) struct Connected {
    model: Arc<dyn ChatModel>,
    fingerprint: String,
    is_constrained: bool,
    price: Option<Price>,
    /// Name and engine of one of this process.
    loaded: Option<(String, Loaded)>,
}

impl Connected {
    /// The engine, where it is that of the model that is graded.
    pub(super) fn engine_of(&self, model: &str) -> Option<Loaded> {
        let (name, loaded) = self.loaded.as_ref()?;
        (name == model).then(|| loaded.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Parser;

    #[derive(Parser)]
    struct Command {
        #[command(flatten)]
        judge: JudgeArguments,
        #[command(flatten)]
        servers: models::Servers,
    }

    #[test]
    fn a_served_judge_is_where_the_graded_model_is_unless_told_otherwise() {
        const SERVER: [&str; 3] = ["examen", "--base-url", "http://localhost:8000/v1"];
        let of = |flags: &[&str]| {
            let command = Command::try_parse_from([&SERVER[..], flags].concat())
                .unwrap_or_else(|error| panic!("{error}"));
            let name = command.judge.judge_model.clone().unwrap();
            let judge = command
                .judge
                .servers(&command.servers, &name, &["graded".to_owned()]);
            (judge.address, command.servers.address)
        };
        let (judge, graded) = of(&["--judge-model", "served-judge"]);
        assert_eq!(judge, graded);
        let (judge, _) = of(&["--judge-model", "smollm2-135m"]);
        assert!(judge.base_url.is_none() && judge.provider.is_none());
        let (judge, _) = of(&["--judge-model", "j", "--judge-provider", "openai"]);
        assert_eq!(
            (judge.provider.as_deref(), judge.base_url),
            (Some("openai"), None)
        );
    }

    #[test]
    fn without_a_judge_its_flags_are_refused() {
        for flags in [
            ["--judge-rubric", "pair"],
            ["--judge-labels", "l"],
            ["--judge-price", "1,2"],
        ] {
            assert!(
                Command::try_parse_from([&["examen"], &flags[..]].concat()).is_err(),
                "{flags:?}"
            );
        }
    }
}
