//! Saved plans: what a plan decided about every row, so that an import does exactly this, or says
//! what has changed and sends nothing.

mod assemble;
mod changes;
mod error;
mod file;
mod meanwhile;
mod options;
mod plan;
mod row_text;

pub(crate) use changes::{check_people, check_place, check_rows};
pub(crate) use error::{PlanChanged, SavedPlanError};
pub(crate) use file::{read, save};
pub(crate) use plan::SavedPlan;
