//! What is deployed: Terraform reads every resource of its state back through AWS's APIs, here or wherever the file is from.
//! What is in no state (a resource that somebody made beside the stack) it does not read, and so no rule sees it.

use std::ffi::OsString;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use infra_rules::plan;
use infra_rules::stack::{Source, Stack};

use crate::exit::Failure;
use crate::gate::internal;
use crate::terminal::Terminal;

/// The resources as they are now, or were when the file was made, and where they are from.
///
/// # Errors
/// Nothing was read back.
pub(super) fn stack(
    path: &Path,
    var_files: &[PathBuf],
    terminal: Terminal,
) -> Result<(Stack, String), Failure> {
    let (stack, place) = if path.is_dir() {
        terminal.note(&format!("reading back what is deployed by {}; nothing is changed", path.display()));
        (read_back(path, var_files)?, place(path, var_files))
    } else if var_files.is_empty() {
        super::plan::file("--live", path, Source::Live)?
    } else {
        return Err(Failure::Usage(format!(
            "--var-file goes with the folder of a stack; --live {} is a file, in which they are",
            path.display()
        )));
    };
    if let Some(at) = &stack.made_at {
        terminal.note(&format!("as it was at {at}"));
    }
    Ok((stack, place))
}

/// As the record has it, and as it is told how to do this again.
fn place(folder: &Path, var_files: &[PathBuf]) -> String {
    let all = std::iter::once(folder).chain(var_files.iter().map(PathBuf::as_path));
    all.map(|path| path.display().to_string()).collect::<Vec<_>>().join(", ")
}

/// Makes a plan that changes nothing, and reads what Terraform found for it.
fn read_back(folder: &Path, var_files: &[PathBuf]) -> Result<Stack, Failure> {
    let scratch = tempfile::tempdir().map_err(|error| internal("no temporary folder", &error))?;
    let saved = scratch.path().join("now.tfplan");
    let mut arguments: Vec<OsString> =
        ["plan", "-refresh-only", "-input=false", "-no-color"].map(OsString::from).into();
    arguments.push(with("-out=", &saved));
    for file in var_files {
        // Terraform runs in another folder than the one in which this was typed.
        let file = std::path::absolute(file).map_err(|error| internal("--var-file", &error))?;
        if !file.is_file() {
            return Err(Failure::Usage(format!("--var-file {}: there is no such file", file.display())));
        }
        arguments.push(with("-var-file=", &file));
    }
    terraform(folder, &arguments)?;
    let json = terraform(folder, &["show".into(), "-json".into(), saved.into()])?;
    plan::parse(&json, Source::Live)
        .map_err(|error| Failure::Usage(format!("--live {}: {error}", folder.display())))
}

fn with(flag: &str, path: &Path) -> OsString {
    let mut argument = OsString::from(flag);
    argument.push(path);
    argument
}

/// What Terraform writes to its standard output.
fn terraform(folder: &Path, arguments: &[OsString]) -> Result<Vec<u8>, Failure> {
    let output = Command::new("terraform").args(arguments).current_dir(folder).stdin(Stdio::null()).output();
    let output = output.map_err(|error| match error.kind() {
        ErrorKind::NotFound => Failure::Unavailable(
            "terraform is not on the PATH\nNext: install it, or read back elsewhere and give --live FILE."
                .to_owned(),
        ),
        _ => internal("terraform", &error),
    })?;
    if output.status.success() {
        return Ok(output.stdout);
    }
    Err(Failure::Unavailable(format!(
        "terraform {} in {} ended with {}:\n{}\nNext: run it there, with the credentials and --var-file that the stack was applied with.",
        arguments.first().map(|word| word.to_string_lossy()).unwrap_or_default(),
        folder.display(),
        output.status,
        String::from_utf8_lossy(&output.stderr).trim()
    )))
}
