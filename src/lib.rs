pub mod change;
pub mod plan;
pub mod table;
pub mod umapi;
