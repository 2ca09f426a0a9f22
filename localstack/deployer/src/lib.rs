//! `deployer`: the system on an emulator of AWS, in a container or one that runs, by Terraform. Started by
//! `localstack up --target localstack` and, for one run, by the load test and the gate.
//!
//! Invariants: what an emulator is like stands in `profiles/`, nowhere in the code; the checkout is not written to; what was
//! brought up is taken down, however it ends (kill -9 too: `guard`), unless `--keep` says otherwise; secrets come by a pipe or a file, never on the
//! command line.
//! Non-goals: AWS itself, where people apply the stack.

pub mod cli;
pub mod container;
pub mod emulator;
pub mod engine;
pub mod forward;
pub mod guard;
pub mod packages;
pub mod profile;
pub mod steps;
pub mod stop;
pub mod system;
pub mod terraform;

use std::io::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser as _;
use localstack::deployment::{DeployFlags, Order};
use localstack::ready::ReadyFile;
use tokio::io::{AsyncBufReadExt as _, BufReader};

use cli::{Cli, Command, Up};
use guard::Guard;
use steps::Steps;
use stop::Stop;
use system::{System, Wanted};

/// How the program ends; the numbers are an interface.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Exit {
    Fine = 0,
    /// A second plan wants changes that nothing explains.
    Differs = 1,
    Usage = 64,
    Unavailable = 69,
    Internal = 70,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}

/// The program.
#[must_use]
pub fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            let exit = if error.use_stderr() { Exit::Usage } else { Exit::Fine };
            let _ = error.print();
            return exit.into();
        }
    };
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            complain(&error.to_string());
            return Exit::Internal.into();
        }
    };
    let exit = match cli.command {
        Command::Up(up) => runtime.block_on(Box::pin(run(&up))),
        Command::Guard => match runtime.block_on(guard::run()) {
            Ok(()) => Exit::Fine,
            Err(left) => {
                complain(&left);
                Exit::Unavailable
            }
        },
    };
    // Reading standard input may still be under way.
    runtime.shutdown_background();
    exit.into()
}

async fn run(up: &Up) -> Exit {
    let (order, stop) = match start(up).await {
        Ok(started) => started,
        Err((exit, text)) => {
            complain(&text);
            return exit;
        }
    };
    let guard = match Guard::start() {
        Ok(guard) => guard,
        Err(error) => {
            complain(&format!("what takes everything down in an emergency cannot be started: {error}"));
            return Exit::Unavailable;
        }
    };
    guard.update(|charge| charge.ready_file.clone_from(&up.ready_file));
    let steps = Steps::default();
    let wanted = Wanted {
        flags: &up.deploy,
        order: &order,
        checkout: &up.checkout,
        work_dir: &up.work_dir,
        mirror: std::env::var_os("TF_PLUGIN_MIRROR").filter(|path| !path.is_empty()).map(PathBuf::from),
        licensed: std::env::var_os("LOCALSTACK_AUTH_TOKEN").is_some_and(|token| !token.is_empty()),
        guard: &guard,
    };
    let mut system = System::default();
    let mut exit = Exit::Fine;
    let mut up_or_not = Box::pin(system.up(&wanted, &steps, &stop)).await;
    if let Err(trouble) = &up_or_not
        && trouble.may_pass()
        && up.deploy.endpoint_url.is_none()
    {
        // A busy emulator loses an answer now and then; the provider asks again and is told that the resource exists.
        complain(&trouble.to_string());
        steps.say("once more, in a fresh container");
        let flags = DeployFlags { keep: false, check_stack: false, ..up.deploy.clone() };
        for left in system.down(&flags, &steps).await {
            complain(&left);
        }
        system = System::default();
        up_or_not = Box::pin(system.up(&wanted, &steps, &stop)).await;
    }
    match up_or_not {
        Ok(ready) => match up.ready_file.as_deref().map(|path| ReadyFile::write(path, &ready)).transpose() {
            Ok(ready_file) => {
                announce(&ready);
                if !up.deploy.keep || up.ordered {
                    stop.wait().await;
                }
                // What is left up is still to be found.
                if up.deploy.keep { std::mem::forget(ready_file) } else { drop(ready_file) }
            }
            Err(error) => {
                complain(&format!("the ready file cannot be written: {error}"));
                exit = Exit::Unavailable;
            }
        },
        Err(trouble) if trouble.is_stop() => {}
        Err(trouble) => {
            complain(&trouble.to_string());
            exit = if trouble.is_usage() { Exit::Usage } else { Exit::Unavailable };
        }
    }
    let unexplained = system.unexplained.len();
    if unexplained > 0 && exit == Exit::Fine {
        complain(&format!("a second plan wants to change {unexplained} resources, and no profile says why"));
        exit = Exit::Differs;
    }
    for left in system.down(&up.deploy, &steps).await {
        complain(&left);
        exit = Exit::Unavailable;
    }
    guard.dismiss();
    exit
}

/// What is ordered, and when to stop.
async fn start(up: &Up) -> Result<(Order, Stop), (Exit, String)> {
    let internal = |error: std::io::Error| (Exit::Internal, error.to_string());
    if !up.ordered {
        let order = up.order().map_err(|error| (Exit::Usage, error.to_string()))?;
        return Ok((order, Stop::listen(None::<tokio::io::Empty>).map_err(internal)?));
    }
    let mut input = BufReader::new(tokio::io::stdin());
    let mut line = String::new();
    input.read_line(&mut line).await.map_err(internal)?;
    // An error of the parser could show a secret.
    let order =
        serde_json::from_str(&line).map_err(|_| (Exit::Internal, "the order is not one".to_owned()))?;
    Ok((order, Stop::listen(Some(input)).map_err(internal)?))
}

fn announce(ready: &localstack::Ready) {
    let mut stdout = std::io::stdout().lock();
    if let Ok(json) = serde_json::to_string(ready) {
        // A reader that went away ends its pipe, which is told elsewhere.
        let _ = writeln!(stdout, "{json}");
        let _ = stdout.flush();
    }
}

fn complain(text: &str) {
    let _ = writeln!(std::io::stderr().lock(), "deployer: {text}");
}
