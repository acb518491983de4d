//! A server on this machine that says what it is told to, remembers what it was asked, and misbehaves on demand.

use std::{
    io::{self, BufRead, BufReader, Read, Write},
    net::{Shutdown, SocketAddr, TcpListener, TcpStream},
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::Duration,
};

/// What was asked.
#[derive(Clone, Debug)]
pub(crate) struct Asked {
    /// Method and path.
    pub(crate) line: String,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: String,
}

impl Asked {
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.iter().find(|(known, _)| known == name).map_or("", |(_, value)| value)
    }
}

/// How a request is answered.
#[derive(Clone, Debug)]
pub(crate) enum Act {
    /// Status, headers, body.
    Say(u16, Vec<(String, String)>, String),
    /// The same after a while.
    SayAfter(Duration, u16, String),
    /// Nothing, until the other side has had enough.
    Stall,
    /// The connection ends without a word.
    Reset,
    /// Half of the body that was announced.
    Truncate(String),
    /// Ten megabytes of an object in JSON.
    Huge,
    /// A byte now and then.
    Drip(String),
    /// Something that is not HTTP.
    Noise,
    /// Headers without end.
    Headers,
}

impl Act {
    pub(crate) fn json(status: u16, body: &str) -> Self {
        Self::Say(status, vec![("content-type".into(), "application/json".into())], body.to_owned())
    }
}

/// A list of models, as a good key gets it.
pub(crate) const MODELS: &str = r#"{"object":"list","data":[]}"#;
/// What a bad key gets.
pub(crate) const REFUSED: &str = r#"{"error":{"message":"Incorrect API key provided: x","type":"invalid_request_error","param":null,"code":"invalid_api_key"}}"#;

pub(crate) type Behaviour = dyn Fn(&Asked, usize) -> Act + Send + Sync;

/// Turns a connection into another, such as an encrypted one.
pub(crate) type Wrap = dyn Fn(TcpStream) -> io::Result<Box<dyn Stream>> + Send + Sync;

pub(crate) trait Stream: Read + Write + Send {}
impl<T: Read + Write + Send> Stream for T {}

/// Runs until it is dropped.
pub(crate) struct Server {
    address: SocketAddr,
    asked: Arc<Mutex<Vec<Asked>>>,
    is_over: Arc<AtomicBool>,
}

impl Server {
    /// A server that answers each request, of which it is told the number, with what `behaviour` says.
    pub(crate) fn new(behaviour: impl Fn(&Asked, usize) -> Act + Send + Sync + 'static) -> Self {
        Self::wrapped(behaviour, Box::new(|stream| Ok(Box::new(stream))))
    }

    pub(crate) fn wrapped(behaviour: impl Fn(&Asked, usize) -> Act + Send + Sync + 'static, wrap: Box<Wrap>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let server = Self { address: listener.local_addr().unwrap(), asked: Arc::default(), is_over: Arc::default() };
        let (asked, is_over) = (Arc::clone(&server.asked), Arc::clone(&server.is_over));
        let (behaviour, wrap): (Arc<Behaviour>, Arc<Wrap>) = (Arc::new(behaviour), wrap.into());
        thread::spawn(move || {
            for stream in listener.incoming() {
                if is_over.load(Ordering::SeqCst) {
                    break;
                }
                let Ok(stream) = stream else { continue };
                let (asked, behaviour, wrap) = (Arc::clone(&asked), Arc::clone(&behaviour), Arc::clone(&wrap));
                thread::spawn(move || {
                    let raw = stream.try_clone();
                    // Who is cut off in the middle of a word is meant to be.
                    let _ = wrap(stream).and_then(|mut stream| serve(&mut *stream, &asked, &*behaviour));
                    let _ = raw.and_then(|raw| raw.shutdown(Shutdown::Both));
                });
            }
        });
        server
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    pub(crate) fn port(&self) -> u16 {
        self.address.port()
    }

    /// `--verify-url` for `provider`.
    pub(crate) fn option(&self, provider: &str) -> String {
        format!("--verify-url={provider}={}", self.url())
    }

    pub(crate) fn asked(&self) -> Vec<Asked> {
        self.asked.lock().unwrap().clone()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.is_over.store(true, Ordering::SeqCst);
        let _ = TcpStream::connect(self.address);
    }
}

fn serve(stream: &mut dyn Stream, asked: &Mutex<Vec<Asked>>, behaviour: &Behaviour) -> io::Result<()> {
    let request = read(stream)?;
    let number = {
        let mut asked = asked.lock().unwrap();
        asked.push(request.clone());
        asked.len()
    };
    match behaviour(&request, number) {
        Act::Say(status, headers, body) => say(stream, status, &headers, &body),
        Act::SayAfter(time, status, body) => {
            thread::sleep(time);
            say(stream, status, &[], &body)
        }
        Act::Stall => {
            let _ = stream.read(&mut [0; 1]);
            Ok(())
        }
        Act::Reset => Ok(()),
        Act::Truncate(body) => {
            write!(stream, "HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n{body}", body.len() * 2)?;
            stream.flush()
        }
        Act::Huge => {
            let body = format!(r#"{{"object":"list","data":["{}"]}}"#, "x".repeat(10 << 20));
            say(stream, 200, &[], &body)
        }
        Act::Drip(body) => {
            write!(stream, "HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n", body.len())?;
            for byte in body.bytes() {
                stream.write_all(&[byte])?;
                stream.flush()?;
                thread::sleep(Duration::from_millis(200));
            }
            Ok(())
        }
        Act::Noise => {
            stream.write_all(b"\x00\x01\x02 no HTTP at all \xff\r\n\r\n")?;
            stream.flush()
        }
        Act::Headers => {
            write!(stream, "HTTP/1.1 200 OK\r\n")?;
            for number in 0..100_000 {
                write!(stream, "x-{number}: {}\r\n", "y".repeat(50))?;
            }
            stream.flush()
        }
    }
}

fn say(stream: &mut dyn Stream, status: u16, headers: &[(String, String)], body: &str) -> io::Result<()> {
    let headers: Vec<String> = headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
    let headers = headers.concat();
    write!(
        stream,
        "HTTP/1.1 {status} X\r\n{headers}content-length: {}\r\nconnection: close\r\n\r\n{body}",
        body.len()
    )?;
    stream.flush()
}

fn read(stream: &mut dyn Stream) -> io::Result<Asked> {
    let mut reader = BufReader::new(stream);
    let mut next = || -> io::Result<String> {
        let mut line = String::new();
        if reader.read_line(&mut line)? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        Ok(line.trim_end().to_owned())
    };
    let line = next()?;
    let mut headers = Vec::new();
    loop {
        let line = next()?;
        let Some((name, value)) = line.split_once(':') else { break };
        headers.push((name.to_ascii_lowercase(), value.trim().to_owned()));
    }
    let length = headers.iter().find(|(name, _)| name == "content-length").and_then(|(_, value)| value.parse().ok());
    let mut body = vec![0; length.unwrap_or(0)];
    reader.read_exact(&mut body)?;
    Ok(Asked { line, headers, body: String::from_utf8_lossy(&body).into_owned() })
}
