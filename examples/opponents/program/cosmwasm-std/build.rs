//! Finds the source of the published crate, which the host's build of the same jobs has fetched.

use std::path::{Path, PathBuf};
use std::process::Command;

/// Where the packages of the jobs on the host are.
fn source(manifest: &Path) -> Option<PathBuf> {
    let cargo = std::env::var_os("CARGO")?;
    let arguments = ["metadata", "--locked", "--format-version=1", "--filter-platform", "x86_64-unknown-linux-gnu"];
    let output = Command::new(cargo).args(arguments).arg("--manifest-path").arg(manifest).output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    let paths = text.split("\"manifest_path\":\"").skip(1).filter_map(|rest| rest.split('"').next());
    let wanted = concat!("cosmwasm-std-", env!("CARGO_PKG_VERSION"));
    paths.map(Path::new).filter_map(Path::parent).find(|path| path.ends_with(wanted)).map(Path::to_path_buf)
}

fn main() {
    let manifest = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../Cargo.toml");
    println!("cargo::rerun-if-changed={}", manifest.with_extension("lock").display());
    let source = source(&manifest).expect("cosmwasm-std of this version among the packages of the jobs");
    let mut text = String::new();
    for (module, file) in [("forward_ref", "forward_ref.rs"), ("__internal", "__internal.rs"), ("math", "math/mod.rs")]
    {
        let path = source.join("src").join(file);
        text += &format!("#[path = {path:?}]\nmod {module};\n");
    }
    let out = PathBuf::from(std::env::var_os("OUT_DIR").expect("set by cargo"));
    std::fs::write(out.join("modules.rs"), text).expect("written");
}
