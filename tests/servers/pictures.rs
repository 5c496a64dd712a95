//! Small pictures, written byte by byte: one grey all over, in the sizes that a test wants.

/// A PNG with a grey pixel everywhere.
pub(crate) fn png(width: u32, height: u32) -> Vec<u8> {
    let mut header = Vec::new();
    header.extend(width.to_be_bytes());
    header.extend(height.to_be_bytes());
    // 8 bits, grey, and the only methods that there are.
    header.extend([8, 0, 0, 0, 0]);
    // Each row begins with its filter: none.
    let row = [vec![0], vec![0x80; width as usize]].concat();
    let rows = row.repeat(height as usize);
    let mut file = b"\x89PNG\r\n\x1a\n".to_vec();
    file.extend(chunk(b"IHDR", &header));
    file.extend(chunk(b"IDAT", &stored(&rows)));
    file.extend(chunk(b"IEND", &[]));
    file
}

fn chunk(name: &[u8; 4], data: &[u8]) -> Vec<u8> {
    let named = [name.as_slice(), data].concat();
    let length = u32::try_from(data.len()).unwrap().to_be_bytes();
    [length.as_slice(), &named, &crc(&named).to_be_bytes()].concat()
}

/// A zlib stream without compression: blocks of at most 65,535 bytes.
fn stored(data: &[u8]) -> Vec<u8> {
    let mut out = vec![0x78, 0x01];
    let mut blocks = data.chunks(65_535).peekable();
    while let Some(block) = blocks.next() {
        let length = u16::try_from(block.len()).unwrap();
        out.push(u8::from(blocks.peek().is_none()));
        out.extend(length.to_le_bytes());
        out.extend((!length).to_le_bytes());
        out.extend(block);
    }
    let (low, high) = data.iter().fold((1u32, 0u32), |(low, high), byte| {
        let low = (low + u32::from(*byte)) % 65_521;
        (low, (high + low) % 65_521)
    });
    out.extend((high << 16 | low).to_be_bytes());
    out
}

fn crc(data: &[u8]) -> u32 {
    !data.iter().fold(u32::MAX, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| {
            if crc & 1 == 1 {
                crc >> 1 ^ 0xedb8_8320
            } else {
                crc >> 1
            }
        })
    })
}

/// A JPEG with a grey pixel everywhere: every block says "as before" in two bits.
pub(crate) fn jpeg(width: u16, height: u16) -> Vec<u8> {
    let mut file = vec![0xff, 0xd8];
    let mut segment = |marker: u8, data: &[u8]| {
        file.extend([0xff, marker]);
        file.extend(u16::try_from(data.len() + 2).unwrap().to_be_bytes());
        file.extend(data);
    };
    segment(0xe0, b"JFIF\0\x01\x01\0\0\x01\0\x01\0\0");
    segment(0xdb, &[&[0][..], &[1; 64]].concat());
    let [h, eight, w, idth] = [height.to_be_bytes(), width.to_be_bytes()].concat()[..] else {
        unreachable!()
    };
    segment(0xc0, &[8, h, eight, w, idth, 1, 1, 0x11, 0]);
    for table in [0x00, 0x10] {
        // One code of one bit, for the value 0: no difference, and no more to come.
        segment(0xc4, &[&[table, 1][..], &[0; 15], &[0]].concat());
    }
    segment(0xda, &[1, 1, 0, 0, 63, 0]);
    let blocks = usize::from(width.div_ceil(8)) * usize::from(height.div_ceil(8));
    let (whole, rest) = (blocks / 4, blocks % 4);
    file.extend(vec![0; whole]);
    if rest > 0 {
        file.push(0xff >> (rest * 2));
    }
    file.extend([0xff, 0xd9]);
    file
}
