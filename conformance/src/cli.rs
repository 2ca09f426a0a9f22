//! The command line: one list of commands and flags, from which help and parsing follow.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

use localstack::deployment::DeployFlags;
use localstack::outputs::AwsFlags;

use crate::case::{CaseId, Level};
use crate::infra::cli::InfraArgs;

const EXAMPLES: &str = "\
Examples:
  conformance                                   every case against the system on the embedded cloud
  conformance --subject stripe-signatures       one subject
  conformance run --id STRIPE-SIG-004 --seed 1  one case
  conformance --target localstack               on LocalStack in a container, deployed by Terraform
  conformance --target aws --terraform-dir infra/terraform
                                                on AWS: told what it costs, asked, then run
  conformance --ready-file ready.json           against a running `localstack up --ready-file ready.json`
  conformance --target url --base-url https://staging.example.com --config receiver.toml
                                                anybody's receiver, by its answers
  conformance explain DLQ-001                   what a case does, why, and who says so
  conformance mutants                           is the gate itself to be trusted?
  conformance infra                             is the infrastructure as it should be?
  conformance compare reports/conformance/A reports/conformance/B
                                                two targets side by side

Exit codes: 0 passed, 1 failed, 2 no verdict (a case could not be run, nothing could be tried, interrupted),
64 wrong usage or wrong cases, 69 target unavailable, 70 a mistake of this program.";

/// Does a receiver of payment webhooks do what a correct one must do?
#[derive(Debug, Clone, Parser)]
#[command(name = "conformance", version, after_help = EXAMPLES, max_term_width = 110, args_conflicts_with_subcommands = true)]
pub struct Cli {
    /// What to do; `run` if nothing is said.
    #[command(subcommand)]
    pub command: Option<Command>,

    /// Flags of `run`.
    #[command(flatten)]
    pub run: RunArgs,
}

/// What to do.
#[derive(Debug, Clone, Subcommand)]
pub enum Command {
    /// Run cases against a target (the default)
    Run(Box<RunArgs>),
    /// List the cases
    List(ListArgs),
    /// Explain a case: what it does, why, and who says so
    Explain(ExplainArgs),
    /// Break the system on purpose, and see whether the cases notice
    Mutants(MutantsArgs),
    /// Put two runs side by side: what one target shows otherwise than the other
    Compare(CompareArgs),
    /// Judge the infrastructure: a Terraform plan by its rules
    Infra(Box<InfraArgs>),
}

/// Which cases.
#[derive(Debug, Clone, Default, Args)]
pub struct Filter {
    /// Only this case, or the cases of this series (STRIPE-SIG); may be repeated
    #[arg(long = "id", value_name = "ID")]
    pub ids: Vec<String>,

    /// Only the cases of this subject; may be repeated
    #[arg(long = "subject", value_name = "NAME")]
    pub subjects: Vec<String>,

    /// Only cases of this level
    #[arg(long, value_enum, ignore_case = true)]
    pub level: Option<LevelArg>,

    /// Folder of case files, in place of the built-in ones
    #[arg(long, value_name = "DIR")]
    pub cases: Option<PathBuf>,
}

/// Value of `--level`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum LevelArg {
    /// What a receiver must do.
    Must,
    /// What it should do.
    Should,
}

impl From<LevelArg> for Level {
    fn from(level: LevelArg) -> Self {
        match level {
            LevelArg::Must => Self::Must,
            LevelArg::Should => Self::Should,
        }
    }
}

/// Flags of `run`.
#[derive(Debug, Clone, Args)]
pub struct RunArgs {
    /// Which cases.
    #[command(flatten)]
    pub filter: Filter,

    /// Against what
    #[arg(long, value_enum, default_value_t = Kind::Embedded)]
    pub target: Kind,

    /// What a running `localstack up` wrote: the cases run there
    #[arg(long, value_name = "PATH", conflicts_with_all = ["base_url", "config"])]
    pub ready_file: Option<PathBuf>,

    /// Base URL of the receiver (for --target url)
    #[arg(long, value_name = "URL")]
    pub base_url: Option<String>,

    /// What is to be known about the receiver: its paths, secrets and headers (for --target url)
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,

    /// Every random choice follows from it
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub seed: u64,

    /// A broken SHOULD fails the run like a broken MUST
    #[arg(long)]
    pub strict: bool,

    /// Cases that are known to fail; one of them that passes fails the run
    #[arg(long, value_name = "FILE")]
    pub known_failures: Option<PathBuf>,

    /// Folder in which the run gets its own folder
    #[arg(long, value_name = "DIR", default_value = "reports/conformance")]
    pub out: PathBuf,

    /// The functions' bootstrap (embedded target); by default this program plays it
    #[arg(long, value_name = "PATH")]
    pub bootstrap: Option<PathBuf>,

    /// Cases at once on one system
    #[arg(long, value_name = "N", default_value_t = 12, value_parser = clap::value_parser!(u16).range(1..=256))]
    pub jobs: u16,

    /// How it is told.
    #[command(flatten)]
    pub telling: Telling,

    /// How the system is deployed to an emulator.
    #[command(flatten)]
    pub deploy: DeployFlags,

    /// Where a system on AWS is.
    #[command(flatten)]
    pub aws: AwsFlags,
}

/// How results are told.
#[derive(Debug, Clone, Copy, Default, Args)]
pub struct Telling {
    /// JSON on standard output; everything else goes to standard error
    #[arg(long)]
    pub json: bool,

    /// Plain text (also with the variable NO_COLOR)
    #[arg(long)]
    pub no_color: bool,
}

/// Against what cases run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Kind {
    /// The whole system in an embedded cloud, started for the run.
    Embedded,
    /// The whole system on an emulator of AWS, in a container or at --endpoint-url, deployed for the run.
    Localstack,
    /// The system on AWS, by Terraform's outputs.
    Aws,
    /// Anybody's receiver, by --base-url and --config.
    Url,
}

/// Flags of `list`.
#[derive(Debug, Clone, Args)]
pub struct ListArgs {
    /// Which cases.
    #[command(flatten)]
    pub filter: Filter,
    /// How they are told.
    #[command(flatten)]
    pub telling: Telling,
}

/// Flags of `explain`.
#[derive(Debug, Clone, Args)]
pub struct ExplainArgs {
    /// The case
    #[arg(value_name = "ID")]
    pub id: CaseId,
    /// Folder of case files, in place of the built-in ones
    #[arg(long, value_name = "DIR")]
    pub cases: Option<PathBuf>,
    /// How it is told.
    #[command(flatten)]
    pub telling: Telling,
}

/// Flags of `mutants`.
#[derive(Debug, Clone, Args)]
pub struct MutantsArgs {
    /// Only this mutant; may be repeated
    #[arg(long = "mutant", value_name = "NAME")]
    pub mutants: Vec<String>,

    /// Every case on every mutant, not only those that are named for it
    #[arg(long)]
    pub all_cases: bool,

    /// With --all-cases: every case of this subject; may be repeated
    #[arg(long = "subject", value_name = "NAME", requires = "all_cases")]
    pub subjects: Vec<String>,

    /// Write down in this file which cases caught what: a proposal for `caught-by`
    #[arg(long, value_name = "FILE", requires = "all_cases")]
    pub propose: Option<PathBuf>,

    /// The bootstrap with the defects in it; built by Cargo if it is not given
    #[arg(long, value_name = "PATH")]
    pub bootstrap: Option<PathBuf>,

    /// Every random choice follows from it
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub seed: u64,

    /// Mutants at once
    #[arg(long, value_name = "N", default_value_t = 2, value_parser = clap::value_parser!(u16).range(1..=16))]
    pub jobs: u16,

    /// Folder in which the run gets its own folder
    #[arg(long, value_name = "DIR", default_value = "reports/conformance")]
    pub out: PathBuf,

    /// How it is told.
    #[command(flatten)]
    pub telling: Telling,
}

/// Flags of `compare`.
#[derive(Debug, Clone, Args)]
pub struct CompareArgs {
    /// A run: its folder, or its results.json
    #[arg(value_name = "A")]
    pub a: PathBuf,
    /// Another one
    #[arg(value_name = "B")]
    pub b: PathBuf,
    /// How it is told.
    #[command(flatten)]
    pub telling: Telling,
}
