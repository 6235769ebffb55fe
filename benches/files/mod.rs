//! The files that benches read: real shapes, made up content, the same for the same size.

#![expect(clippy::write_with_newline, reason = "segments and rows read better with their ends")]

use std::io::{Result, Write};

/// SKUs in the crosswalk; every tenth is sold in packs of twelve.
pub const SKUS: u64 = 100_000;

/// A small random generator (SplitMix64), so that files are the same everywhere.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, below: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (z ^ (z >> 31)) % below
    }
}

/// Counts what was written.
struct Counted<W> {
    inner: W,
    written: usize,
}

impl<W: Write> Write for Counted<W> {
    fn write(&mut self, bytes: &[u8]) -> Result<usize> {
        let written = self.inner.write(bytes)?;
        self.written += written;
        Ok(written)
    }

    fn flush(&mut self) -> Result<()> {
        self.inner.flush()
    }
}

/// A crosswalk of so many SKUs.
pub fn sku(out: &mut dyn Write, rows: usize) -> Result<()> {
    writeln!(out, "sku,item,erp_unit,factor")?;
    for n in 0..rows {
        writeln!(out, "SKU-{n:06},{:02}-{n:06},EA,{}", n % 90 + 10, if n % 10 == 0 { 12 } else { 1 })?;
    }
    Ok(())
}

/// One interchange of 850s with about ten lines each.
pub fn x12(out: &mut dyn Write, bytes: usize, seed: Option<u64>) -> Result<()> {
    interchange(out, bytes, seed.unwrap_or(1))
}

/// As [`x12`], with control number and orders of its own, as one of many files of a partner.
pub fn interchange(out: &mut dyn Write, bytes: usize, number: u64) -> Result<()> {
    let mut out = Counted { inner: out, written: 0 };
    let mut dice = Dice(number);
    write!(
        out,
        "ISA*00*          *00*          *ZZ*BIGSTORE       *ZZ*EXAMPLEGOODS   *260304*0900*U*00401*{number:09}*0*P*>~\n"
    )?;
    write!(out, "GS*PO*BIGSTORE*EXAMPLEGOODS*20260304*0900*{number}*X*004010~\n")?;
    let mut set = 0_u64;
    while out.written < bytes {
        set += 1;
        let lines = 5 + dice.roll(11);
        write!(
            out,
            "ST*850*{set:04}~\nBEG*00*SA*PO{:08}**20260304~\nCUR*BY*USD~\nREF*DP*0{}~\n",
            set + (number - 1) * 1_000,
            dice.roll(90) + 10
        )?;
        write!(
            out,
            "DTM*002*202603{:02}~\nN1*ST*BIG STORE {}*92*{:04}~\n",
            dice.roll(20) + 10,
            dice.roll(900),
            dice.roll(900)
        )?;
        write!(out, "N3*{} EXAMPLE AVENUE~\nN4*SAMPLETOWN*MA*02139*US~\n", dice.roll(999))?;
        let mut total = 0;
        for line in 1..=lines {
            let (quantity, cents, sku) = (dice.roll(99) + 1, dice.roll(9_000) + 100, dice.roll(SKUS));
            total += quantity;
            write!(
                out,
                "PO1*{line}*{quantity}*EA*{}.{:02}**VN*SKU-{sku:06}*IN*{:09}~\n",
                cents / 100,
                cents % 100,
                dice.roll(1_000_000_000)
            )?;
            write!(out, "PID*F****EXAMPLE ARTICLE NUMBER {sku}~\nPO4*{}~\n", dice.roll(24) + 1)?;
        }
        write!(out, "CTT*{lines}*{total}~\nSE*{}*{set:04}~\n", 10 + lines * 3)?;
    }
    write!(out, "GE*{set}*{number}~\nIEA*1*{number:09}~\n")
}

/// One interchange of ORDERS D.96A with about ten lines each.
pub fn edifact(out: &mut dyn Write, bytes: usize, seed: Option<u64>) -> Result<()> {
    let mut out = Counted { inner: out, written: 0 };
    let seed = seed.unwrap_or(4);
    let mut dice = Dice(seed);
    write!(out, "UNA:+.? '\nUNB+UNOC:3+5400110000009:14+5013546107732:14+260304:0900+{seed}++ORDERS'\n")?;
    let mut message = 0_u64;
    while out.written < bytes {
        message += 1;
        let lines = 5 + dice.roll(11);
        write!(
            out,
            "UNH+ME{message:06}+ORDERS:D:96A:UN:EAN008'\nBGM+220+PO{message:08}+9'\nDTM+137:20260304:102'\nDTM+2:202603{:02}:102'\n",
            dice.roll(20) + 10
        )?;
        write!(
            out,
            "RFF+CT:K-{}'\nNAD+BY+5400110000009::9'\nNAD+SU+5013546107732::9'\nNAD+DP+5400110000016::9++Big Store {}:Dock {}+{} Example Avenue+Antwerp++2000+BE'\nCUX+2:EUR:9'\n",
            dice.roll(90) + 10,
            dice.roll(900),
            dice.roll(9),
            dice.roll(999)
        )?;
        let mut total = 0;
        for line in 1..=lines {
            let (quantity, cents, sku) = (dice.roll(99) + 1, dice.roll(9_000) + 100, dice.roll(SKUS));
            total += quantity;
            write!(
                out,
                "LIN+{line}++{}:EN'\nPIA+1+SKU-{sku:06}:SA'\nIMD+F++:::Example article {sku}'\nQTY+21:{quantity}:PCE'\nPRI+AAA:{}.{:02}'\n",
                gtin(sku),
                cents / 100,
                cents % 100
            )?;
        }
        write!(out, "UNS+S'\nCNT+1:{total}'\nCNT+2:{lines}'\nUNT+{}+ME{message:06}'\n", 13 + lines * 5)?;
    }
    write!(out, "UNZ+{message}+{seed}'\n")
}

/// A GTIN-13 of an article, with its check digit.
fn gtin(sku: u64) -> u64 {
    let number = 400_638_000_000 + sku;
    let weighted = |(digit, weight): (u8, u64)| u64::from(digit - b'0') * weight;
    let sum: u64 = number.to_string().bytes().zip([1, 3].into_iter().cycle()).map(weighted).sum();
    number * 10 + (10 - sum % 10) % 10
}

const SHOPIFY: &str = include_str!("shopify-header.csv");

/// A Shopify orders export of 79 columns, one to four lines an order.
pub fn shopify(out: &mut dyn Write, bytes: usize, seed: Option<u64>) -> Result<()> {
    let mut out = Counted { inner: out, written: 0 };
    let mut dice = Dice(seed.unwrap_or(2));
    out.write_all(SHOPIFY.as_bytes())?;
    let mut order = 1_000_u64;
    while out.written < bytes {
        order += 1;
        let lines: Vec<(u64, u64, u64)> =
            (0..1 + dice.roll(4)).map(|_| (dice.roll(5) + 1, dice.roll(9_000) + 100, dice.roll(SKUS))).collect();
        let subtotal: u64 = lines.iter().map(|(quantity, cents, _)| quantity * cents).sum();
        let (shipping, tax) = (500, subtotal / 16);
        let total = subtotal + shipping + tax;
        let money = |cents: u64| format!("{}.{:02}", cents / 100, cents % 100);
        let at = format!(
            "2026-{:02}-{:02} {:02}:{:02}:00 -0500",
            dice.roll(12) + 1,
            dice.roll(28) + 1,
            dice.roll(24),
            dice.roll(60)
        );
        for (index, (quantity, cents, sku)) in lines.iter().enumerate() {
            write!(out, "#{order},buyer{order}@example.com,")?;
            if index == 0 {
                write!(
                    out,
                    "paid,{at},unfulfilled,,yes,USD,{},{},{},{},,0.00,Standard,",
                    money(subtotal),
                    money(shipping),
                    money(tax),
                    money(total)
                )?;
            } else {
                write!(out, ",,,,,,,,,,,,,")?;
            }
            write!(
                out,
                "{at},{quantity},\"Example article {sku}, large\",{},,SKU-{sku:06},true,true,pending,",
                money(*cents)
            )?;
            if index == 0 {
                let street = dice.roll(999);
                for _ in 0..2 {
                    write!(
                        out,
                        "Buyer {order},\"{street} Example Street\",{street} Example Street,,,Sampletown,'02139,MA,US,5550100{:03},",
                        order % 1000
                    )?;
                }
                write!(
                    out,
                    "\"Leave at the door,\nplease\",,,Card,c{order}.1,0.00,Example Goods,0.00,,,,{},,Low,web,0.00,",
                    5_300_000_000_000 + order
                )?;
                write!(out, "State Tax 6.25%,{},,,,,,,,,,,,Massachusetts,Massachusetts,,,,\n", money(tax))?;
            } else {
                write!(out, ",,,,,,,,,,,,,,,,,,,,,,,,,,Example Goods,,,,,,,,,0.00,,,,,,,,,,,,,,,,,,,\n")?;
            }
        }
    }
    Ok(())
}

/// Orders as XML in the plain layout.
pub fn xml(out: &mut dyn Write, bytes: usize, seed: Option<u64>) -> Result<()> {
    let mut out = Counted { inner: out, written: 0 };
    let mut dice = Dice(seed.unwrap_or(3));
    writeln!(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<orders>")?;
    let mut order = 0_u64;
    while out.written < bytes {
        order += 1;
        write!(
            out,
            "  <order>\n    <number>PO-{order}</number>\n    <orderedAt>2026-03-04</orderedAt>\n    <currency>EUR</currency>\n    <customer>C-{}</customer>\n",
            dice.roll(500)
        )?;
        write!(
            out,
            "    <shipTo><name>Example &amp; Co</name><address1>{} Example Street</address1><city>Köln</city><postalCode>50667</postalCode><country>DE</country></shipTo>\n    <lines>\n",
            dice.roll(999)
        )?;
        for line in 1..=5 + dice.roll(11) {
            let (quantity, cents, sku) = (dice.roll(99) + 1, dice.roll(9_000) + 100, dice.roll(SKUS));
            write!(
                out,
                "      <line number=\"{line}\"><sku>SKU-{sku:06}</sku><description>Example article {sku}</description><quantity unit=\"EA\">{quantity}</quantity><unitPrice>{}.{:02}</unitPrice></line>\n",
                cents / 100,
                cents % 100
            )?;
        }
        write!(out, "    </lines>\n  </order>\n")?;
    }
    writeln!(out, "</orders>")
}
