//! Lies between programs and a database, and can cut all connections.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

/// A running proxy.
pub(crate) struct DatabaseProxy {
    pub(crate) port: u16,
    open: Arc<Mutex<Option<Vec<TcpStream>>>>,
}

impl DatabaseProxy {
    /// Starts a proxy to the server of this address.
    pub(crate) fn to(url: &str) -> Self {
        let target = url.split('@').nth(1).unwrap().split('/').next().unwrap().to_owned();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let open = Arc::new(Mutex::new(Some(Vec::new())));
        let shared = Arc::clone(&open);
        std::thread::spawn(move || {
            for client in listener.incoming() {
                // The server may be away: then the connection is closed again.
                if let (Ok(client), Ok(server)) = (client, TcpStream::connect(&target)) {
                    connect(client, server, &shared);
                }
            }
        });
        Self { port, open }
    }

    /// Cuts all connections, and accepts none from now on.
    pub(crate) fn cut(&self) {
        for stream in self.open.lock().unwrap().take().into_iter().flatten() {
            let _ = stream.shutdown(Shutdown::Both);
        }
    }

    /// Accepts connections again.
    pub(crate) fn mend(&self) {
        self.open.lock().unwrap().get_or_insert_default();
    }
}

/// Copies what both sides send, unless the proxy is cut.
fn connect(client: TcpStream, server: TcpStream, open: &Mutex<Option<Vec<TcpStream>>>) {
    let mut open = open.lock().unwrap();
    let Some(open) = &mut *open else { return };
    for (mut from, mut to) in [(&client, &server), (&server, &client)]
        .map(|(from, to)| (from.try_clone().unwrap(), to.try_clone().unwrap()))
    {
        std::thread::spawn(move || {
            let mut bytes = [0; 8192];
            while let Ok(read @ 1..) = from.read(&mut bytes)
                && to.write_all(&bytes[..read]).is_ok()
            {}
            let _ = to.shutdown(Shutdown::Both);
        });
    }
    open.extend([client, server]);
}
