//! Streams that unpack to one file. Each library is told how much memory it may take, where its format lets a file ask for it.

use std::io::{self, BufRead, BufReader, Read};

use bzip2::read::MultiBzDecoder;
use flate2::read::{MultiGzDecoder, ZlibDecoder};
use lzma_rust2::XzReader;
use ruzstd::decoding::{
    FrameDecoder,
    errors::{FrameDecoderError, ReadFrameHeaderError},
};

/// What a decoder may hold to look back at: as much as the strongest usual settings of either format ask for.
const WINDOW: u32 = 64 << 20;
/// What the decoder of xz takes beside its window, in kB.
const XZ_OVERHEAD: u32 = 1024;

/// How a stream is compressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Compression {
    Gzip,
    Zlib,
    Bzip2,
    Xz,
    Zstd,
}

impl Compression {
    /// Unpacks `source`. Streams that follow one another are one.
    pub(super) fn decoder<'s>(self, source: impl Read + 's) -> Box<dyn Read + 's> {
        match self {
            Self::Gzip => Box::new(MultiGzDecoder::new(source)),
            Self::Zlib => Box::new(ZlibDecoder::new(source)),
            Self::Bzip2 => Box::new(MultiBzDecoder::new(source)),
            Self::Xz => Box::new(XzReader::new_mem_limit(BufReader::new(source), true, (WINDOW >> 10) + XZ_OVERHEAD)),
            Self::Zstd => Box::new(Zstd::new(source)),
        }
    }
}

/// Frames of Zstandard one after the other; some only carry notes.
struct Zstd<R> {
    source: BufReader<R>,
    frames: FrameDecoder,
    is_open: bool,
}

impl<R: Read> Zstd<R> {
    fn new(source: R) -> Self {
        let mut frames = FrameDecoder::new();
        frames.set_max_window_size(u64::from(WINDOW));
        Self { source: BufReader::new(source), frames, is_open: false }
    }

    /// Begins the next frame; false when there is none.
    fn next_frame(&mut self) -> io::Result<bool> {
        while !self.source.fill_buf()?.is_empty() {
            match self.frames.reset(&mut self.source) {
                Ok(()) => return Ok(true),
                Err(FrameDecoderError::ReadFrameHeaderError(ReadFrameHeaderError::SkipFrame { length, .. })) => {
                    io::copy(&mut self.source.by_ref().take(length.into()), &mut io::sink())?;
                }
                Err(error) => return Err(io::Error::other(error)),
            }
        }
        Ok(false)
    }
}

impl<R: Read> Read for Zstd<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        use ruzstd::decoding::BlockDecodingStrategy::UptoBytes;
        loop {
            if !self.is_open {
                self.is_open = self.next_frame()?;
                if !self.is_open {
                    return Ok(0);
                }
            }
            while self.frames.can_collect() < buffer.len() && !self.frames.is_finished() {
                let missing = buffer.len() - self.frames.can_collect();
                self.frames.decode_blocks(&mut self.source, UptoBytes(missing)).map_err(io::Error::other)?;
            }
            let read = self.frames.read(buffer)?;
            if read > 0 || buffer.is_empty() {
                return Ok(read);
            }
            self.is_open = false;
        }
    }
}
