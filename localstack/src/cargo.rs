//! Programs that are built when they are first needed, so that nobody else waits for what they are made of.

use std::path::{Path, PathBuf};
use std::process::Stdio;

/// A program of this workspace that is no part of the default build.
#[derive(Debug, Clone, Copy)]
pub struct Program {
    /// Its package.
    pub package: &'static str,
    /// Its name as a file.
    pub name: &'static str,
    /// Further packages that are built along, so that common dependencies have the features that they have elsewhere.
    pub along: &'static [&'static str],
}

/// Why a program is not there.
#[derive(Debug, thiserror::Error)]
pub enum NotBuilt {
    /// Nobody can build it: this process was not started by Cargo.
    #[error("{} is not there\nNext: `cargo build -p {package}`.", .path.display())]
    Missing {
        /// Where it was looked for.
        path: PathBuf,
        /// What would build it.
        package: &'static str,
    },
    /// Cargo did not build it; what it printed says why.
    #[error("building {package} ended with {status}")]
    Failed {
        /// What was to be built.
        package: &'static str,
        /// How Cargo ended.
        status: std::process::ExitStatus,
    },
    /// There is no Cargo, or no path of this program.
    #[error("{package} cannot be built: {source}")]
    Impossible {
        /// What was to be built.
        package: &'static str,
        /// Why.
        source: std::io::Error,
    },
}

impl Program {
    /// Builds it beside this program and with the same profile, so that most of it is there already. A process that Cargo did
    /// not start takes what lies beside it.
    ///
    /// # Errors
    /// It is neither there nor can be built.
    pub async fn built(self) -> Result<PathBuf, NotBuilt> {
        let package = self.package;
        let impossible = |source| NotBuilt::Impossible { package, source };
        let this = std::env::current_exe().map_err(impossible)?;
        // Tests and examples lie one folder deeper.
        let folder = this.parent().unwrap_or(Path::new("."));
        let folder = match folder.file_name() {
            Some(name) if name == "deps" || name == "examples" => folder.parent().unwrap_or(folder),
            _ => folder,
        };
        let path = folder.join(self.name);
        let Some(cargo) = std::env::var_os("CARGO") else {
            return if path.is_file() { Ok(path) } else { Err(NotBuilt::Missing { path, package }) };
        };
        let mut command = tokio::process::Command::new(cargo);
        command.args(["build", "--quiet", "--package", package, "--bin", self.name, "--manifest-path"]);
        command.arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("../Cargo.toml"));
        for along in self.along {
            command.args(["--package", along]);
        }
        if let Some(target) = folder.parent() {
            command.arg("--target-dir").arg(target);
        }
        if folder.ends_with("release") {
            command.arg("--release");
        }
        // Its standard output may be somebody's JSON.
        let status = command.stdin(Stdio::null()).stdout(Stdio::null()).kill_on_drop(true).status().await;
        match status {
            Ok(status) if status.success() => Ok(path),
            Ok(status) => Err(NotBuilt::Failed { package, status }),
            Err(source) => Err(impossible(source)),
        }
    }
}
