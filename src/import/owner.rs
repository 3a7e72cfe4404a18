//! Who chose something: the user, or the author of the working folder, who may be another person.

/// Who decides where the credentials come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Owner {
    /// The user, who types the command or sets the environment.
    User,
    /// The person who created the working folder.
    Folder,
}

/// Who named the file with trusted certificates.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Trust {
    /// The user, or nobody.
    Users,
    /// The file that `--env-file` names.
    EnvFile,
    /// The `.env` of the working folder.
    DotEnv,
    /// The settings file in the folder, or named by it.
    Settings,
}
