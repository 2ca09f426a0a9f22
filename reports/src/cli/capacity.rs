//! `reports capacity`: files in, the report out.

use std::fs;
use std::path::{Path, PathBuf};

use clap::Args;
use reports::capacity::dates::{DateError, parse_date};
use reports::capacity::evidence;
use reports::capacity::forecast::{self, ForecastError};
use reports::capacity::quotas::{QuotaError, Quotas};
use reports::capacity::{InputError, Inputs, assess, html, markdown};
use reports::cost::{PriceError, Prices};
use reports::read::ReadError;
use reports::verdict::Exit;

use super::over_time::Texts;
use super::{Failure, say};
use crate::clock;

/// Flags of `reports capacity`.
#[derive(Debug, Args)]
pub(super) struct CapacityArgs {
    /// What is expected: baseline by provider, growth, spike factor, date (reports/samples/forecast.toml is an example).
    #[arg(long, value_name = "FILE")]
    forecast: PathBuf,
    /// A search's folder, or its search.json.
    #[arg(long, value_name = "DIR")]
    search: Option<PathBuf>,
    /// A run's folder, or its run.json; may be given several times.
    #[arg(long, value_name = "DIR")]
    run: Vec<PathBuf>,
    /// Other prices than the project's (reports/prices/us-east-1.toml).
    #[arg(long, value_name = "FILE")]
    prices: Option<PathBuf>,
    /// Other quotas and settings than the project's (reports/quotas/us-east-1.toml), for example your account's.
    #[arg(long, value_name = "FILE")]
    quotas: Option<PathBuf>,
    /// Take prices and quotas that are older than a year, and say so in the report.
    #[arg(long)]
    allow_old: bool,
    /// The day on which everything is weighed, instead of today in UTC: the same inputs then give the same report.
    #[arg(long, value_name = "YYYY-MM-DD", value_parser = parse_date)]
    today: Option<time::Date>,
    /// Write capacity.json, capacity.md and capacity.html there; without it, the Markdown is printed.
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Print the report as JSON.
    #[arg(long)]
    json: bool,
}

/// What is wrong with the inputs.
#[derive(Debug, thiserror::Error)]
pub(super) enum InputFailure {
    #[error("cannot read {path}: {source}")]
    File { path: PathBuf, source: std::io::Error },
    #[error("{path}: {source}")]
    Forecast { path: PathBuf, source: ForecastError },
    #[error("{path}: {source}")]
    Prices { path: PathBuf, source: PriceError },
    #[error("{path}: {source}")]
    Quotas { path: PathBuf, source: QuotaError },
    #[error(transparent)]
    Evidence(#[from] ReadError),
    #[error(transparent)]
    Dated(#[from] InputError),
    #[error(transparent)]
    Date(#[from] DateError),
}

pub(super) fn run(args: &CapacityArgs) -> Result<Exit, Failure> {
    let report = assess(&inputs(args)?).map_err(InputFailure::from)?;
    for warning in &report.warnings {
        say(&format!("warning: {warning}"));
    }
    let texts = Texts {
        name: "capacity",
        json: report.to_json(),
        markdown: markdown::render(&report),
        html: html::render(&report),
    };
    texts.give(args.out.as_ref(), args.json)?;
    say(&format!("{}: {}", report.verdict.word(), report.sentence));
    Ok(report.verdict.exit())
}

fn inputs(args: &CapacityArgs) -> Result<Inputs, InputFailure> {
    let today = args.today.unwrap_or_else(clock::today);
    let expected = forecast::parse(&read(&args.forecast)?, today)
        .map_err(|source| InputFailure::Forecast { path: args.forecast.clone(), source })?;
    let (path, prices) = match &args.prices {
        Some(path) => (path.as_path(), Prices::parse(&read(path)?)),
        None => (Path::new("reports/prices/us-east-1.toml"), Prices::standard()),
    };
    let prices = prices.map_err(|source| InputFailure::Prices { path: path.to_owned(), source })?;
    let (path, quotas) = match &args.quotas {
        Some(path) => (path.as_path(), Quotas::parse(&read(path)?)),
        None => (Path::new("reports/quotas/us-east-1.toml"), Quotas::standard()),
    };
    let quotas = quotas.map_err(|source| InputFailure::Quotas { path: path.to_owned(), source })?;
    let found = evidence::read(args.search.as_deref(), &args.run)?;
    Ok(Inputs { expected, found, prices, quotas, today, allow_old: args.allow_old })
}

fn read(path: &Path) -> Result<String, InputFailure> {
    fs::read_to_string(path).map_err(|source| InputFailure::File { path: path.to_owned(), source })
}
