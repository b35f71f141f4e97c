//! A safetensors file begins with the length of its header. A fuzzer that changes the header would have to change this number
//! too, so it is set right for it, where the header can be told: from `{` to the `}` that closes it.

/// Bytes of the number.
const LENGTH: usize = 8;

/// `bytes` with the length of their header, or as they are.
pub fn framed(bytes: &[u8]) -> Vec<u8> {
    let mut framed = bytes.to_vec();
    if let Some(header) = bytes.get(LENGTH..).and_then(header_length) {
        framed[..LENGTH].copy_from_slice(&(header as u64).to_le_bytes());
    }
    framed
}

/// The length of the JSON object at the beginning of `bytes`, with the blanks behind it.
fn header_length(bytes: &[u8]) -> Option<usize> {
    let (mut depth, mut in_string, mut escaped) = (0usize, false, false);
    for (place, byte) in bytes.iter().enumerate() {
        match (in_string, byte) {
            (true, _) if escaped => escaped = false,
            (true, b'\\') => escaped = true,
            (true, b'"') => in_string = false,
            (true, _) => {}
            (false, b'"') => in_string = true,
            (false, b'{') => depth += 1,
            (false, b'}') if depth == 1 => {
                let blanks = bytes[place + 1..].iter().take_while(|byte| **byte == b' ');
                return Some(place + 1 + blanks.count());
            }
            (false, b'}') => depth = depth.checked_sub(1)?,
            (false, _) if depth == 0 => return None,
            (false, _) => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::framed;

    #[test]
    fn the_length_is_that_of_the_header() {
        let header = br#"{"a":{"}":"\"{"}}  "#;
        let file = [&[0xff; 8][..], header, b"\0data"].concat();
        let framed = framed(&file);
        assert_eq!(framed[..8], (header.len() as u64).to_le_bytes());
        assert_eq!(framed[8..], file[8..]);
        for other in [&b"short"[..], b"12345678no header", b"12345678{\"open"] {
            assert_eq!(super::framed(other), other);
        }
    }
}
