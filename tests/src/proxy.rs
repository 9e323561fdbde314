//! A network between a client and the server that can be cut, or swallow answers.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

/// Passes bytes on in both directions.
pub struct Proxy {
    /// Where clients connect.
    pub address: String,
    swallow: Arc<AtomicBool>,
    down: Arc<AtomicBool>,
    cuts: watch::Sender<u64>,
}

impl Proxy {
    /// Starts to pass on to `server` (`host:port`).
    ///
    /// # Panics
    /// When no port is free.
    pub async fn start(server: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let swallow = Arc::new(AtomicBool::new(false));
        let down = Arc::new(AtomicBool::new(false));
        let (cuts, cut) = watch::channel(0);
        let server = server.to_owned();
        tokio::spawn({
            let (swallow, down) = (Arc::clone(&swallow), Arc::clone(&down));
            async move {
                while let Ok((client, _)) = listener.accept().await {
                    if down.load(Ordering::SeqCst) {
                        continue;
                    }
                    tokio::spawn(pass(client, server.clone(), Arc::clone(&swallow), cut.clone()));
                }
            }
        });
        Self { address, swallow, down, cuts }
    }

    /// From now on what the server says does not arrive, until [`Proxy::cut`].
    pub fn swallow_answers(&self) {
        self.swallow.store(true, Ordering::SeqCst);
    }

    /// Cuts every connection, and new ones break off at once, until [`Proxy::mend`].
    pub fn go_down(&self) {
        self.down.store(true, Ordering::SeqCst);
        self.cut();
    }

    /// New connections work again.
    pub fn mend(&self) {
        self.down.store(false, Ordering::SeqCst);
    }

    /// Cuts every connection; new ones work.
    pub fn cut(&self) {
        self.swallow.store(false, Ordering::SeqCst);
        self.cuts.send_modify(|cuts| *cuts += 1);
    }
}

async fn pass(mut client: TcpStream, server: String, swallow: Arc<AtomicBool>, mut cut: watch::Receiver<u64>) {
    let Ok(mut server) = TcpStream::connect(server).await else { return };
    cut.mark_unchanged();
    let (mut up, mut down) = (vec![0; 16_384], vec![0; 16_384]);
    loop {
        tokio::select! {
            read = client.read(&mut up) => match read {
                Ok(count @ 1..) => if server.write_all(&up[..count]).await.is_err() { return },
                _ => return,
            },
            read = server.read(&mut down) => match read {
                Ok(count @ 1..) => {
                    if !swallow.load(Ordering::SeqCst) && client.write_all(&down[..count]).await.is_err() {
                        return;
                    }
                }
                _ => return,
            },
            _ = cut.changed() => return,
        }
    }
}
