//! `localstack up`: the embedded cloud as a program.

mod cli;
mod console;

use std::os::unix::process::CommandExt as _;
use std::process::ExitCode;

use clap::{CommandFactory as _, FromArgMatches as _};
use tokio::signal::unix::{Signal, SignalKind, signal};

use localstack::deployment::DEPLOYER;
use localstack::embedded;
use localstack::ready::ReadyFile;

use cli::{Cli, Command, Exit, Target, Up};

/// About a tenth of a webhook's cost is many small allocations; this allocator makes them cheaper (`reports/benchmarks.md`).
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    localstack::become_bootstrap_if_asked();
    let parsed = Cli::command()
        .try_get_matches()
        .and_then(|matches| Cli::from_arg_matches(&matches).map(|cli| (cli, matches)));
    let (cli, matches) = match parsed {
        Ok(parsed) => parsed,
        Err(error) => {
            // Help and version are printed to standard output and are no error; the rest goes to standard error.
            let exit = if error.use_stderr() { Exit::Usage } else { Exit::Fine };
            let _ = error.print();
            return exit.into();
        }
    };
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            console::complain(&error.to_string());
            return Exit::Internal.into();
        }
    };
    let exit = match cli.command {
        Command::Up(up) => {
            let flags = matches.subcommand_matches("up").map_or(Ok(()), |typed| up.check(typed));
            match (flags, up.target) {
                (Err(error), _) => {
                    console::complain(&error.to_string());
                    Exit::Usage
                }
                (Ok(()), Target::Embedded) => runtime.block_on(run(&up)),
                (Ok(()), Target::Localstack) => runtime.block_on(deploy(&up)),
            }
        }
    };
    exit.into()
}

/// Becomes the program that deploys: signals and standard streams are its own then.
async fn deploy(up: &Up) -> Exit {
    let program = match DEPLOYER.built().await {
        Ok(program) => program,
        Err(error) => {
            console::complain(&error.to_string());
            return Exit::Unavailable;
        }
    };
    let error = std::process::Command::new(&program).args(up.deployer_words()).exec();
    console::complain(&format!("{} cannot be started: {error}", program.display()));
    Exit::Unavailable
}

async fn run(up: &Up) -> Exit {
    let options = match up.options() {
        Ok(options) => options,
        Err(error) => {
            console::complain(&error.to_string());
            return Exit::Usage;
        }
    };
    // Before anything is started, so that a signal during the start is not lost.
    let mut signals = match Signals::listen() {
        Ok(signals) => signals,
        Err(error) => {
            console::complain(&format!("signals cannot be caught: {error}"));
            return Exit::Internal;
        }
    };
    let generated = options.secrets.is_partial();
    let started = tokio::select! {
        started = Box::pin(embedded::start(options)) => started,
        () = signals.next() => return Exit::Fine,
    };
    let cloud = match started {
        Ok(cloud) => cloud,
        Err(error) => {
            console::complain(&error.to_string());
            return Exit::from(&error);
        }
    };
    let ready_file =
        match up.ready_file.as_deref().map(|path| ReadyFile::write(path, cloud.ready())).transpose() {
            Ok(ready_file) => ready_file,
            Err(error) => {
                console::complain(&format!("the ready file cannot be written: {error}"));
                cloud.shutdown().await;
                return Exit::Unavailable;
            }
        };
    console::announce(cloud.ready(), generated);
    signals.next().await;
    console::say("Stopping; once more to stop at once.");
    drop(ready_file);
    tokio::select! {
        () = cloud.shutdown() => Exit::Fine,
        // Dropping the cloud kills the functions' processes.
        () = signals.next() => Exit::Fine,
    }
}

/// Ctrl-C and SIGTERM.
struct Signals {
    interrupt: Signal,
    terminate: Signal,
}

impl Signals {
    fn listen() -> std::io::Result<Self> {
        Ok(Self { interrupt: signal(SignalKind::interrupt())?, terminate: signal(SignalKind::terminate())? })
    }

    async fn next(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
    }
}
