//! The functions' packages: those of `just package`, or the bootstrap of this build in a zip, which is enough for an emulator.

use std::fs::File;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use localstack::cargo::{NotBuilt, Program};
use localstack::embedded::FUNCTION_NAMES;
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

const BOOTSTRAP: Program =
    Program { package: "webhook-lambda", name: "bootstrap", along: &["shared-features"] };

/// There are no packages.
#[derive(Debug, thiserror::Error)]
pub enum NoPackages {
    /// The folder is not what it should be.
    #[error(
        "{} is not there\nNext: `just package --arch {arch}`, whose packages for emulators are in fat/, or leave out --package-dir.",
        .path.display()
    )]
    Missing {
        /// What was looked for.
        path: PathBuf,
        /// The processor that packages are for.
        arch: &'static str,
    },
    /// They are for another processor.
    #[error("the packages in {} are for {found}, and the emulator runs functions on {arch}", .folder.display())]
    Architecture {
        /// The folder.
        folder: PathBuf,
        /// What they are for.
        found: String,
        /// What they should be for.
        arch: &'static str,
    },
    /// The bootstrap cannot be built.
    #[error(transparent)]
    NotBuilt(#[from] NotBuilt),
    /// The zips cannot be written.
    #[error("the functions' packages cannot be written: {0}")]
    Write(#[from] std::io::Error),
}

/// The processor that functions run on, as Lambda calls it: an emulator runs them on this machine.
pub const fn architecture() -> &'static str {
    if cfg!(target_arch = "aarch64") { "arm64" } else { "x86_64" }
}

/// Whether a folder holds what is deployed.
pub fn given(folder: &Path) -> Result<PathBuf, NoPackages> {
    let arch = architecture();
    for function in FUNCTION_NAMES {
        let path = folder.join("fat").join(format!("{function}.zip"));
        if !path.is_file() {
            return Err(NoPackages::Missing { path, arch });
        }
    }
    let manifest = std::fs::read_to_string(folder.join("manifest.json")).unwrap_or_default();
    let manifest: serde_json::Value = serde_json::from_str(&manifest).unwrap_or_default();
    match manifest["architecture"].as_str() {
        Some(found) if found != arch => {
            Err(NoPackages::Architecture { folder: folder.to_owned(), found: found.to_owned(), arch })
        }
        _ => Ok(std::path::absolute(folder)?),
    }
}

/// Builds the bootstrap with this program's own profile, and packs it into `folder`.
pub async fn made(folder: &Path) -> Result<PathBuf, NoPackages> {
    let bootstrap = BOOTSTRAP.built().await?;
    let fat = folder.join("fat");
    std::fs::create_dir_all(&fat)?;
    let stripped = stripped(&bootstrap, folder).await;
    let first = fat.join("first.zip");
    pack(stripped.as_deref().unwrap_or(&bootstrap), &first)?;
    for function in FUNCTION_NAMES {
        std::fs::hard_link(&first, fat.join(format!("{function}.zip")))?;
    }
    std::fs::remove_file(first)?;
    Ok(std::path::absolute(folder)?)
}

/// Without symbols it is a third as large, which an emulator unpacks seven times; where there is no `strip`, as it is.
async fn stripped(bootstrap: &Path, folder: &Path) -> Option<PathBuf> {
    let out = folder.join("bootstrap");
    let mut command = tokio::process::Command::new("strip");
    command
        .arg("-o")
        .arg(&out)
        .arg(bootstrap)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    command.status().await.ok().filter(std::process::ExitStatus::success).map(|_| out)
}

fn pack(bootstrap: &Path, zip: &Path) -> std::io::Result<()> {
    let mut writer = ZipWriter::new(File::create(zip)?);
    writer.start_file("bootstrap", SimpleFileOptions::default().unix_permissions(0o755))?;
    std::io::copy(&mut File::open(bootstrap)?, &mut writer)?;
    writer.finish()?.flush()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_without_packages_is_told_with_what_makes_them() {
        let folder = tempfile::tempdir().expect("a folder");
        let error = given(folder.path()).expect_err("nothing is there").to_string();
        assert!(error.contains("fat/") && error.contains("just package --arch"), "{error}");
        std::fs::create_dir(folder.path().join("fat")).expect("a folder");
        for function in FUNCTION_NAMES {
            std::fs::write(folder.path().join(format!("fat/{function}.zip")), b"zip").expect("a file");
        }
        assert!(given(folder.path()).expect("packages").is_absolute());
        std::fs::write(folder.path().join("manifest.json"), r#"{"architecture": "mips"}"#).expect("a file");
        let error = given(folder.path()).expect_err("another processor").to_string();
        assert!(error.contains("mips"), "{error}");
    }

    #[test]
    fn the_bootstrap_can_be_executed_where_it_is_unpacked() {
        let folder = tempfile::tempdir().expect("a folder");
        let (bootstrap, zip) = (folder.path().join("in"), folder.path().join("out.zip"));
        std::fs::write(&bootstrap, b"#!/bin/sh\n").expect("a file");
        pack(&bootstrap, &zip).expect("packed");
        let mut archive = zip::ZipArchive::new(File::open(zip).expect("a file")).expect("a zip");
        let entry = archive.by_name("bootstrap").expect("the bootstrap");
        assert_eq!(entry.unix_mode().map(|mode| mode & 0o777), Some(0o755));
    }
}
