//! Tables are brought up to date at start, a step per file; a database of a later version is refused.

use super::folder::OpenError;
use super::sqlite::Connection;

/// One step; never edited after a release.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Migration {
    /// Rising number, the start of the file's name.
    pub(crate) number: i64,
    /// Statements.
    pub(crate) sql: &'static str,
}

/// Runs the steps that the database has not had, all in one transaction.
pub(super) fn migrate(connection: &mut Connection, migrations: &[Migration]) -> Result<(), OpenError> {
    let known = migrations.iter().map(|step| step.number).max().unwrap_or(0);
    let found = connection.schema_number()?;
    if found > known {
        return Err(OpenError::NewerSchema { found, known });
    }
    if found == known {
        return Ok(());
    }
    connection.begin_immediate()?;
    let steps = migrations.iter().filter(|step| step.number > found);
    let done =
        steps.clone().try_for_each(|step| connection.run_script(step.sql)).and_then(|()| connection.set_schema_number(known));
    match done.and_then(|()| connection.commit()) {
        Ok(()) => Ok(()),
        Err(error) => {
            connection.rollback();
            Err(error.into())
        }
    }
}
