//! Where the plan comes from: a file, or the stack's own script, which plans without AWS.

use std::ffi::OsStr;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use infra_rules::checkout::Checkout;
use infra_rules::plan;
use infra_rules::stack::{Source, Stack};

use super::cli::{Environment, PlanArgs};
use crate::exit::{Exit, Failure};
use crate::gate::internal;
use crate::terminal::Terminal;

/// The script that plans, beside the stack.
const SCRIPT: &str = "check";

/// The stack, and where it is from.
///
/// # Errors
/// There is no plan of it.
pub(super) fn stack(
    args: &PlanArgs,
    checkout: &Checkout,
    terminal: Terminal,
) -> Result<(Stack, String), Failure> {
    if let Some(path) = &args.plan {
        return file("--plan", path, Source::Plan);
    }
    if let Some(path) = &args.pulumi {
        return file("--pulumi", path, Source::Pulumi);
    }
    let folder = match (&args.terraform, &checkout.root) {
        (Some(folder), _) => folder.clone(),
        (None, Some(root)) => root.join("infra/terraform"),
        (None, None) => {
            return Err(Failure::Usage(
                "this is no checkout of the project; give --plan FILE or --terraform DIR".to_owned(),
            ));
        }
    };
    terminal.note(&format!("planning {} of {}, without AWS", args.environment.word(), folder.display()));
    let scratch = tempfile::tempdir().map_err(|error| internal("no temporary folder", &error))?;
    let json = scratch.path().join("plan.json");
    make(&folder, args.environment, &json)?;
    let stack = plan::read(&json, Source::Plan)
        .map_err(|error| internal("the plan that the stack's own script made", &error))?;
    Ok((stack, format!("infra/terraform, {}", args.environment.word())))
}

/// The stack in a file that a flag names.
pub(super) fn file(flag: &str, path: &Path, source: Source) -> Result<(Stack, String), Failure> {
    let stack = plan::read(path, source)
        .map_err(|error| Failure::Usage(format!("{flag} {}: {error}", path.display())))?;
    Ok((stack, path.display().to_string()))
}

/// Has the stack's script write its plan.
fn make(folder: &Path, environment: Environment, json: &Path) -> Result<(), Failure> {
    let script = script(folder)?;
    let arguments: [&OsStr; 7] = [
        script.as_os_str(),
        "--only".as_ref(),
        "plan".as_ref(),
        "--environment".as_ref(),
        environment.word().as_ref(),
        "--plan-json".as_ref(),
        json.as_os_str(),
    ];
    let output = Command::new("python3").args(arguments).stdin(Stdio::null()).output();
    let output = output.map_err(|error| match error.kind() {
        ErrorKind::NotFound => Failure::Unavailable(format!(
            "python3 is not there, which {} needs\nNext: install it, or make the plan elsewhere and give --plan FILE.",
            script.display()
        )),
        _ => internal(&script.display().to_string(), &error),
    })?;
    let (told, said) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    let unavailable = i32::from(Exit::Unavailable.code());
    match output.status.code() {
        Some(0) if json.is_file() => Ok(()),
        Some(code) if code == unavailable => Err(Failure::Unavailable(format!(
            "there is no plan: {}\nNext: install it, or make the plan elsewhere and give --plan FILE.",
            said.trim()
        ))),
        _ => Err(Failure::Unavailable(format!(
            "{} made no plan ({}):\n{}{}",
            script.display(),
            output.status,
            told.trim_end(),
            said.trim_end()
        ))),
    }
}

fn script(folder: &Path) -> Result<PathBuf, Failure> {
    let script = folder.join(SCRIPT);
    if script.is_file() {
        return Ok(script);
    }
    Err(Failure::Usage(format!(
        "{} is not there: a plan is made by the script of the stack in infra/terraform; give --terraform DIR or --plan FILE",
        script.display()
    )))
}
