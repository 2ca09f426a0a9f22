//! The command line: one list of flags, from which help and parsing follow.

use std::time::Duration;

use clap::{Args, Parser, Subcommand};

use crate::dlq::DlqCommand;
use crate::replay::ReplayArgs;
use crate::secret::SecretCommand;
use crate::target::TargetArgs;

const EXAMPLES: &str = "\
Examples (against `localstack up --ready-file ready.json`; for AWS: --target aws --environment prod):
  webhookctl doctor --ready-file ready.json               what is wrong with the deployment, and what to do
  webhookctl dlq list --ready-file ready.json             what lies in the dead-letter queue, and why
  webhookctl dlq redrive --all --wait --ready-file ready.json
                                                          send it back, and see whether it stays away
  webhookctl replay --provider stripe --from 2025-11-20 --to 2025-11-21 --dry-run --ready-file ready.json
  webhookctl secret rotate --provider square --ready-file ready.json < new-secret.json

Exit codes: 0 done, 1 done but something is left to see to, 2 could not tell (broken off, or not everything could be
looked at), 64 wrong usage, 69 target unavailable or access denied, 70 a mistake of this program.
The runbook is system/webhook-ops/README.md.";

/// What an operator does by hand with the webhook system. Every command is safe to run twice.
#[derive(Debug, Parser)]
#[command(name = "webhookctl", version, after_help = EXAMPLES, max_term_width = 110, arg_required_else_help = true)]
pub(crate) struct Cli {
    #[command(flatten)]
    pub(crate) common: Common,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// Flags of every command.
#[derive(Debug, Args)]
pub(crate) struct Common {
    #[command(flatten)]
    pub(crate) target: TargetArgs,

    /// Results as JSON on standard output: one object, or one a line for redrive and replay
    #[arg(long, global = true)]
    pub(crate) json: bool,

    /// Say what would be done, and change nothing
    #[arg(long, global = true)]
    pub(crate) dry_run: bool,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Look at dead letters, and send them back into the processor
    #[command(subcommand)]
    Dlq(DlqCommand),
    /// Process raw bodies once more: of a provider, by time
    Replay(ReplayArgs),
    /// Put or rotate a provider's signing secret
    #[command(subcommand)]
    Secret(SecretCommand),
    /// Examine a deployment: access, settings, secrets, gateway, clock. Sends one unsigned request a provider
    Doctor,
}

/// `250ms`, `60s`, `5m` or `2h`.
pub(crate) fn duration(text: &str) -> Result<Duration, String> {
    let digits = text.len() - text.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    let (number, unit) = text.split_at(digits);
    let number: u64 = number.parse().map_err(|_| "expected a time like 30s, 5m or 2h".to_owned())?;
    match unit {
        "ms" => Ok(Duration::from_millis(number)),
        "s" => Ok(Duration::from_secs(number)),
        "m" => Ok(Duration::from_secs(number.saturating_mul(60))),
        "h" => Ok(Duration::from_secs(number.saturating_mul(3600))),
        _ => Err("expected a time like 30s, 5m or 2h".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }

    #[track_caller]
    fn refused(arguments: &str, part: &str) {
        let error = Cli::try_parse_from(arguments.split_whitespace()).unwrap_err().to_string();
        assert!(error.contains(part), "{arguments}: {error}");
    }

    #[test]
    fn a_redrive_says_what_it_takes() {
        refused("webhookctl dlq redrive", "--all");
        refused("webhookctl dlq redrive --all --provider stripe", "cannot be used with");
        refused("webhookctl dlq redrive --provider adyen", "unknown provider");
        refused("webhookctl dlq redrive --all --rate 0", "events a second");
        assert!(Cli::try_parse_from("webhookctl dlq redrive --all --wait".split(' ')).is_ok());
        assert!(Cli::try_parse_from("webhookctl dlq redrive --all --wait=30s --json".split(' ')).is_ok());
    }

    #[test]
    fn a_body_is_shown_only_to_who_knows_what_is_in_it() {
        refused("webhookctl dlq show m-1 --body", "--i-understand-this-prints-personal-data");
    }

    #[test]
    fn a_secret_is_never_an_argument() {
        refused("webhookctl secret put --provider stripe whsec_abc", "unexpected argument");
    }

    #[test]
    fn durations() {
        let check = |text: &str, expected_s: Option<u64>| {
            assert_eq!(duration(text).ok().map(|time| time.as_secs()), expected_s, "{text}");
        };
        check("30s", Some(30));
        check("5m", Some(300));
        check("2h", Some(7200));
        check("1500ms", Some(1));
        for wrong in ["", "s", "30", "1d", "-1s"] {
            check(wrong, None);
        }
    }
}
