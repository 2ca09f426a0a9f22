//! Flags of `conformance infra`.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

use crate::cli::Telling;

const EXAMPLES: &str = "\
Examples:
  conformance infra                             every rule on a plan that is made for it, offline (needs terraform)
  conformance infra --plan plan.json            on a plan that you made: terraform show -json PLAN > plan.json
  conformance infra --live infra/terraform --var-file my.tfvars
                                                on what is deployed, as Terraform reads it back there through the AWS APIs
  conformance infra --live now.json             on what was read back elsewhere: terraform plan -refresh-only -out PLAN, show -json
  conformance infra --pulumi record.json        the Pulumi stack: infra/pulumi/record.py --out record.json
  conformance infra --id I2 --id M              the roles, and everything about logs, metrics and alarms
  conformance infra explain I2                  what a rule says, why, and who says so
  conformance infra mutants                     are the rules themselves to be trusted?

Exit codes: 0 passed, 1 failed, 2 no verdict, 64 wrong usage or a file that is no plan of this stack, 69 terraform is not there
or makes no plan, 70 a mistake of this program.";

/// Flags of `infra`.
#[derive(Debug, Clone, Args)]
#[command(after_help = EXAMPLES, args_conflicts_with_subcommands = true)]
pub struct InfraArgs {
    /// What to do; judging if nothing is said.
    #[command(subcommand)]
    pub command: Option<Command>,

    /// Flags of judging.
    #[command(flatten)]
    pub run: RunArgs,
}

impl InfraArgs {
    /// How it is told.
    #[must_use]
    pub const fn telling(&self) -> Telling {
        match &self.command {
            None => self.run.telling,
            Some(Command::List(telling)) => *telling,
            Some(Command::Explain(args)) => args.telling,
            Some(Command::Mutants(args)) => args.telling,
        }
    }
}

/// What to do.
#[derive(Debug, Clone, Subcommand)]
pub enum Command {
    /// List the rules
    List(Telling),
    /// Explain a rule: what it says, why, who says so, where it is looked at
    Explain(ExplainArgs),
    /// Break the plan on purpose, and see whether the rules notice
    Mutants(MutantsArgs),
}

/// Flags of judging.
#[derive(Debug, Clone, Args)]
pub struct RunArgs {
    /// Only this rule, or the rules of these letters (AG); may be repeated
    #[arg(long = "id", value_name = "ID")]
    pub ids: Vec<String>,

    /// What is deployed, as Terraform reads it back through AWS's APIs: the folder that it was applied in, where Terraform is then
    /// run; or a file, `terraform show -json` of a plan that was made with -refresh-only
    #[arg(long, value_name = "DIR|FILE", conflicts_with_all = ["plan", "terraform", "environment", "pulumi"])]
    pub live: Option<PathBuf>,

    /// With --live DIR: values of the stack's variables, as for the apply; may be repeated
    // Of what conflicts with --live, clap would not miss it.
    #[arg(long = "var-file", value_name = "FILE", requires = "live",
          conflicts_with_all = ["plan", "terraform", "environment", "pulumi"])]
    pub var_files: Vec<PathBuf>,

    /// Which plan.
    #[command(flatten)]
    pub plan: PlanArgs,

    /// Folder in which the run gets its own folder
    #[arg(long, value_name = "DIR", default_value = "reports/conformance")]
    pub out: PathBuf,

    /// How it is told.
    #[command(flatten)]
    pub telling: Telling,
}

/// Which plan.
#[derive(Debug, Clone, Args)]
pub struct PlanArgs {
    /// A plan as `terraform show -json` has it; by default one is made
    #[arg(long, value_name = "FILE", conflicts_with_all = ["terraform", "environment"])]
    pub plan: Option<PathBuf>,

    /// The Pulumi stack in place of Terraform's: what infra/pulumi/record.py wrote
    #[arg(long, value_name = "FILE", conflicts_with_all = ["plan", "terraform", "environment"])]
    pub pulumi: Option<PathBuf>,

    /// The stack that a plan is made of; by default infra/terraform of the checkout
    #[arg(long, value_name = "DIR")]
    pub terraform: Option<PathBuf>,

    /// Which environment a plan is made of
    #[arg(long, value_enum, default_value_t = Environment::Production)]
    pub environment: Environment,

    /// The checkout whose files are looked at; by default the one that this is called in
    #[arg(long, value_name = "DIR")]
    pub checkout: Option<PathBuf>,
}

/// Value of `--environment`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Environment {
    /// For trials.
    Dev,
    /// For rehearsals.
    Staging,
    /// For real money.
    Production,
}

impl Environment {
    /// The word.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Dev => "dev",
            Self::Staging => "staging",
            Self::Production => "production",
        }
    }
}

/// Flags of `infra explain`.
#[derive(Debug, Clone, Args)]
pub struct ExplainArgs {
    /// The rule
    #[arg(value_name = "ID")]
    pub id: String,

    /// How it is told.
    #[command(flatten)]
    pub telling: Telling,
}

/// Flags of `infra mutants`.
#[derive(Debug, Clone, Args)]
pub struct MutantsArgs {
    /// Only this mutant; may be repeated
    #[arg(long = "mutant", value_name = "NAME")]
    pub mutants: Vec<String>,

    /// Which plan is broken.
    #[command(flatten)]
    pub plan: PlanArgs,

    /// Folder in which the run gets its own folder
    #[arg(long, value_name = "DIR", default_value = "reports/conformance")]
    pub out: PathBuf,

    /// How it is told.
    #[command(flatten)]
    pub telling: Telling,
}
