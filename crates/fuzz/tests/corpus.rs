//! Each reader on the files that fuzzing began with, and on those that it found to be of interest.

use std::fs;
use std::path::Path;

use fuzz::READERS;

#[test]
fn every_file_of_the_corpus_is_read_or_refused() {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus");
    for (name, reader) in READERS {
        let files = fs::read_dir(corpus.join(name)).unwrap_or_else(|e| panic!("{name}: {e}"));
        let files: Vec<_> = files.map(|file| file.unwrap().path()).collect();
        assert!(!files.is_empty(), "{name}: no files");
        for file in files {
            reader(&fs::read(&file).unwrap());
        }
    }
}
