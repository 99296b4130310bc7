//! The model that checks what another writes: its flags, where it is, and what is printed of what it found.

use crate::{console, models};
use clap::Args;
use examen_generate::{
    CheckSettings, MAX_ORDERS, ModelCheck,
    verify::{Figure, ModelChecks},
};
use examen_llm::Price;

/// The flags.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Model checks")]
pub(super) struct CheckArguments {
    /// Second model that answers each accepted question to check it; named like --model, may be the same one
    #[arg(long, value_name = "MODEL")]
    check_model: Option<String>,
    /// Checks: the question with its passage (open-book), without it (closed-book), the options only, and whether the
    /// question can be understood alone
    #[arg(
        long,
        value_name = "LIST",
        value_delimiter = ',',
        requires = "check_model",
        default_value = "open-book,closed-book,options-only,stand-alone"
    )]
    checks: Vec<ModelCheck>,
    /// Orders of the options to ask in; with a multiple of 4, the key stands equally often at each letter
    #[arg(long, value_name = "K", requires = "check_model", default_value_t = 4,
          value_parser = clap::value_parser!(u8).range(1..=MAX_ORDERS as i64))]
    check_orders: u8,
    /// Vendor of the check model (default: the writer's, unless the name is that of a local model)
    #[arg(long, value_name = "NAME", requires = "check_model", value_parser = models::provider_names(), hide_possible_values = true)]
    check_provider: Option<String>,
    /// Address of the check model's server (default: likewise)
    #[arg(long, value_name = "URL", requires = "check_model")]
    check_base_url: Option<String>,
    /// Price of the check model in US dollars per million tokens read and written (--price is the writer's)
    #[arg(long, value_name = "IN,OUT", requires = "check_model")]
    check_price: Option<Price>,
}

impl CheckArguments {
    /// Settings of the checks; `None` without a check model.
    pub(super) fn settings(&self) -> Option<CheckSettings> {
        self.check_model.as_ref().map(|_| CheckSettings {
            checks: self.checks.iter().copied().collect(),
            orders: self.check_orders.into(),
            ..CheckSettings::default()
        })
    }

    /// Which model checks, and on which terms: those of the writer, but for what the flags say.
    pub(super) fn checker(&self, writer: &models::Writer) -> Option<models::Writer> {
        let model = self.check_model.clone()?;
        let address = writer.address.of_second(&models::Second {
            model: &model,
            is_first: model == writer.model,
            provider: self.check_provider.as_ref(),
            base_url: self.check_base_url.as_ref(),
        });
        let is_writer = model == writer.model && address == writer.address;
        let spending = match self.check_price {
            None if is_writer => writer.spending.clone(),
            price => writer.spending.with_price(price),
        };
        Some(models::Writer {
            model,
            address,
            spending,
            ..writer.clone()
        })
    }
}

/// Table of the checks' findings over the whole set.
pub(super) fn table(checks: &ModelChecks) -> String {
    let figures = [
        ("open-book", checks.open_book),
        ("closed-book", checks.closed_book),
        ("options only", checks.options_only),
        ("stands alone", checks.stands_alone),
        ("open-book − closed-book", checks.open_minus_closed),
        ("closed-book − chance", checks.closed_minus_chance),
        ("options only − chance", checks.options_only_minus_chance),
    ];
    let rows: Vec<Vec<String>> = figures
        .into_iter()
        .filter_map(|(name, figure)| Some(row(name, &figure?)))
        .collect();
    if rows.is_empty() {
        return format!("`{}` was asked about no question\n", checks.model);
    }
    let table = console::table(
        &["check", "mean", "95 % interval", "questions", "documents"],
        rows,
    );
    format!(
        "Answers of `{}` in {} orders of the options (open-book: all questions it was asked about; the rest: those that \
         open-book did not reject):\n{table}\n{} replies{}\n",
        checks.model,
        checks.orders,
        checks.replies,
        match checks.unreadable {
            0 => String::new(),
            n => format!(", {n} answers that could not be read and count as wrong"),
        }
    )
}

fn row(name: &str, figure: &Figure) -> Vec<String> {
    let interval = match (figure.interval, figure.why_no_interval()) {
        (Some(interval), _) => format!("{:.2} to {:.2}", interval.low, interval.high),
        (None, why) => why.unwrap_or_default().to_owned(),
    };
    let (questions, documents) = (figure.questions.to_string(), figure.documents.to_string());
    vec![
        name.to_owned(),
        format!("{:.2}", figure.mean),
        interval,
        questions,
        documents,
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Parser;

    #[derive(Parser)]
    struct Command {
        #[command(flatten)]
        checks: CheckArguments,
        #[command(flatten)]
        address: models::Address,
    }

    /// The check model's address and the writer's, for these flags.
    fn addresses(flags: &[&str]) -> (models::Address, models::Address) {
        let command = Command::try_parse_from([&["examen"], flags].concat())
            .unwrap_or_else(|error| panic!("{error}"));
        let model = "served-writer".to_owned();
        let writer = models::Writer {
            model,
            address: command.address,
            ..models::Writer::default()
        };
        let checker = command
            .checks
            .checker(&writer)
            .expect("a check model is named");
        (checker.address, writer.address)
    }

    #[test]
    fn a_served_check_model_is_where_the_writer_is_unless_told_otherwise() {
        const SERVER: [&str; 2] = ["--base-url", "http://localhost:8000/v1"];
        let (checker, writer) =
            addresses(&[&SERVER[..], &["--check-model", "served-checker"]].concat());
        assert_eq!(checker, writer);
        for local in [
            "smollm2-135m",
            "hf:ORG/NAME",
            "pypi:some==1/model.gguf",
            env!("CARGO_MANIFEST_DIR"),
        ] {
            let (checker, writer) = addresses(&[&SERVER[..], &["--check-model", local]].concat());
            assert!(checker != writer && checker.base_url.is_none(), "{local}");
        }
        let elsewhere = [
            "--check-model",
            "served-checker",
            "--check-provider",
            "openai",
        ];
        let (checker, _) = addresses(&[&SERVER[..], &elsewhere].concat());
        assert_eq!(
            (checker.provider.as_deref(), checker.base_url),
            (Some("openai"), None)
        );
    }

    #[test]
    fn without_a_check_model_its_flags_are_refused() {
        for flags in [
            ["--checks", "open-book"],
            ["--check-orders", "8"],
            ["--check-price", "1,2"],
        ] {
            assert!(
                Command::try_parse_from([&["examen"], &flags[..]].concat()).is_err(),
                "{flags:?}"
            );
        }
    }
}
