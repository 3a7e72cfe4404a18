//! Who names the address of a store.

/// Who names an address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum AddressOwner {
    #[default]
    User,
    /// A working folder, which may belong to another person. Without a line of the password file
    /// for its very host, it gets no password of the user.
    Folder,
}
