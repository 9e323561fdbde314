//! Another program for a text: the person's editor.

use super::profile::ProfileFolder;
use std::io::{Read, Write};
use std::path::Path;
use std::process::{Command, Stdio};

/// Bytes that are read back from an editor.
const EDITED_BYTES: u64 = 1024 * 1024;

/// The editor as a shell would start it: `$VISUAL`, `$EDITOR`, or `vi`.
fn editor() -> String {
    let set = |name: &str| std::env::var(name).ok().filter(|value| !value.trim().is_empty());
    set("VISUAL").or_else(|| set("EDITOR")).unwrap_or_else(|| "vi".into())
}

/// Lets the person edit a text. The terminal is the editor's until it ends.
pub(crate) fn edit(folder: &ProfileFolder, text: &str) -> Result<String, String> {
    edit_with(&editor(), folder, text)
}

fn edit_with(editor: &str, folder: &ProfileFolder, text: &str) -> Result<String, String> {
    let failed = |what: &str, error: &dyn std::fmt::Display| format!("{what}: {error}");
    folder.create().map_err(|error| failed("The text could not be handed to the editor", &error))?;
    // Mode 0600, in the profile's own folder; gone when this ends.
    let made = tempfile::Builder::new().prefix("message-").suffix(".md").tempfile_in(folder.path());
    let mut file = made.map_err(|error| failed("The text could not be handed to the editor", &error))?;
    let written = file.write_all(text.as_bytes()).and_then(|()| if text.is_empty() { Ok(()) } else { file.write_all(b"\n") });
    written.and_then(|()| file.flush()).map_err(|error| failed("The text could not be handed to the editor", &error))?;
    // The name of the file is an argument, not a part of the command: nothing in it is a shell's.
    let command = format!("{editor} \"$1\"");
    let started = Command::new("sh").args(["-c", &command, "tern"]).arg(file.path()).stdin(Stdio::inherit()).status();
    let status = started.map_err(|error| failed("The editor could not be started", &error))?;
    if !status.success() {
        return Err(format!(
            "The editor {editor:?} ended with {status}: the text is as it was. VISUAL or EDITOR choose another one"
        ));
    }
    read_back(file.path())
}

/// The file by its name: many editors write a new one and move it over the old.
fn read_back(path: &Path) -> Result<String, String> {
    let mut bytes = Vec::new();
    let read = std::fs::File::open(path).and_then(|file| file.take(EDITED_BYTES + 1).read_to_end(&mut bytes));
    read.map_err(|error| format!("What was edited could not be read: {error}"))?;
    if bytes.len() as u64 > EDITED_BYTES {
        return Err("What was edited is larger than 1 MB: the text is as it was".into());
    }
    String::from_utf8(bytes).map_err(|_| "What was edited is no text: it is as it was".into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder() -> (tempfile::TempDir, ProfileFolder) {
        let data = tempfile::tempdir().unwrap();
        let folder = ProfileFolder::new(data.path(), "test").unwrap();
        (data, folder)
    }

    #[test]
    fn an_editor_changes_the_text_and_leaves_no_file_behind() {
        let (_data, folder) = folder();
        let edited = edit_with("printf 'and more\\n' >>", &folder, "dear Bob").unwrap();
        assert_eq!(edited, "dear Bob\nand more\n");
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
    }

    #[test]
    fn an_editor_that_fails_says_so() {
        let (_data, folder) = folder();
        assert!(edit_with("false", &folder, "x").unwrap_err().contains("ended with"));
        assert!(edit_with("no-such-editor-at-all", &folder, "x").is_err());
        assert!(edit_with("printf '\\377' >", &folder, "x").unwrap_err().contains("no text"));
    }
}
