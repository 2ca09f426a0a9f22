//! `webhookctl`: what an operator does by hand with the webhook system, at three in the morning too. Dead letters are listed, shown and
//! sent back; raw bodies are replayed; secrets are put and rotated; a deployment is examined.
//!
//! Invariants: every command is safe to run twice and to break off at any point, since the processor keeps one record an event; bodies and
//! secrets live in types that cannot be printed; standard output holds the result alone, everything for people goes to standard error.
//! Non-goals: deploying anything, and judging a system under load.

mod cli;
mod clock;
mod console;
mod dlq;
mod doctor;
mod environment;
mod exit;
mod interrupt;
mod pace;
mod replay;
mod secret;
mod target;
mod text;

use std::process::ExitCode;

use clap::Parser as _;

use cli::{Cli, Command};
use console::Console;
use exit::{Exit, Failure};

fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            // Help and version go to standard output and are no error; clap's own exit code 2 would mean "could not tell" here.
            let exit = if error.use_stderr() { Exit::Usage } else { Exit::Done };
            drop(error.print());
            return exit.into();
        }
    };
    let console = Console::new(cli.common.json);
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            console.note(&format!("webhookctl: {error}"));
            return Exit::Internal.into();
        }
    };
    match runtime.block_on(run(cli, console)) {
        Ok(exit) => exit.into(),
        Err(failure) => {
            console.fail(&failure);
            failure.exit().into()
        }
    }
}

async fn run(cli: Cli, console: Console) -> Result<Exit, Failure> {
    let interrupt = interrupt::listen()?;
    let common = cli.common;
    let connect = async || target::connect(&common.target, &environment::Environment::read()).await;
    match cli.command {
        Command::Dlq(command) => {
            let (deployment, ops) = connect().await?;
            Box::pin(dlq::run(command, &common, &deployment, &ops, console, &interrupt)).await
        }
        Command::Replay(command) => {
            let (deployment, ops) = connect().await?;
            Box::pin(replay::run(&command, &common, &deployment, &ops, console, &interrupt)).await
        }
        Command::Secret(command) => {
            // The value is read and judged before anything is asked of the deployment.
            let given = command.given()?;
            let (deployment, ops) = connect().await?;
            Box::pin(secret::run(&command, given, &common, &deployment, &ops, console, &interrupt)).await
        }
        Command::Doctor => {
            let (deployment, ops) = connect().await?;
            Box::pin(doctor::run(&deployment, &ops, console)).await
        }
    }
}
