// The standard library of Rust on WASI: collections, strings, iterators, traits, files, the environment, arguments.
use std::collections::{BTreeMap, BinaryHeap, HashMap, VecDeque};
use std::fmt;
use std::fs;
use std::io::{self, BufRead, Read, Seek, SeekFrom, Write};
use std::rc::Rc;

#[derive(Debug, Clone, PartialEq)]
enum Token {
    Number(f64),
    Op(char),
    Open,
    Close,
}

#[derive(Debug)]
enum ParseError {
    Unexpected(char, usize),
    Unbalanced,
}

impl fmt::Display for ParseError {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match self {
            ParseError::Unexpected(c, at) => write!(f, "unexpected {:?} at {}", c, at),
            ParseError::Unbalanced => write!(f, "unbalanced"),
        }
    }
}

fn tokens(text: &str) -> Result<Vec<Token>, ParseError> {
    let mut out = Vec::new();
    let mut chars = text.char_indices().peekable();
    while let Some(&(at, c)) = chars.peek() {
        match c {
            ' ' => {
                chars.next();
            }
            '0'..='9' | '.' => {
                let mut number = String::new();
                while let Some(&(_, d)) = chars.peek() {
                    if !d.is_ascii_digit() && d != '.' {
                        break;
                    }
                    number.push(d);
                    chars.next();
                }
                out.push(Token::Number(number.parse().unwrap()));
            }
            '+' | '-' | '*' | '/' => {
                out.push(Token::Op(c));
                chars.next();
            }
            '(' => {
                out.push(Token::Open);
                chars.next();
            }
            ')' => {
                out.push(Token::Close);
                chars.next();
            }
            other => return Err(ParseError::Unexpected(other, at)),
        }
    }
    Ok(out)
}

fn evaluate(text: &str) -> Result<f64, ParseError> {
    fn rank(op: char) -> u8 {
        if op == '+' || op == '-' { 1 } else { 2 }
    }
    fn apply(values: &mut Vec<f64>, op: char) -> Result<(), ParseError> {
        let b = values.pop().ok_or(ParseError::Unbalanced)?;
        let a = values.pop().ok_or(ParseError::Unbalanced)?;
        values.push(match op {
            '+' => a + b,
            '-' => a - b,
            '*' => a * b,
            _ => a / b,
        });
        Ok(())
    }
    let (mut values, mut ops) = (Vec::new(), Vec::<Option<char>>::new());
    for token in tokens(text)? {
        match token {
            Token::Number(n) => values.push(n),
            Token::Open => ops.push(None),
            Token::Op(op) => {
                while let Some(Some(top)) = ops.last().copied() {
                    if rank(top) < rank(op) {
                        break;
                    }
                    ops.pop();
                    apply(&mut values, top)?;
                }
                ops.push(Some(op));
            }
            Token::Close => loop {
                match ops.pop() {
                    Some(Some(op)) => apply(&mut values, op)?,
                    Some(None) => break,
                    None => return Err(ParseError::Unbalanced),
                }
            },
        }
    }
    while let Some(Some(op)) = ops.pop() {
        apply(&mut values, op)?;
    }
    values.pop().ok_or(ParseError::Unbalanced)
}

trait Animal {
    fn sound(&self) -> String;
}
struct Dog(u32);
struct Cat;
impl Animal for Dog {
    fn sound(&self) -> String {
        "wuff ".repeat(self.0 as usize).trim().to_string()
    }
}
impl Animal for Cat {
    fn sound(&self) -> String {
        "miau".into()
    }
}

fn main() -> io::Result<()> {
    for text in ["1 + 2 * 3", "(1 + 2) * 3 - 4 / 8", "2 * (3", "1 + x", "7 / 0"] {
        match evaluate(text) {
            Ok(value) => println!("{} = {}", text, value),
            Err(error) => println!("{}: {}", text, error),
        }
    }

    let mut state = 42u64;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state
    };
    let mut counts = HashMap::new();
    for _ in 0..10_000 {
        *counts.entry(next() % 97).or_insert(0u32) += 1;
    }
    let sorted: BTreeMap<_, _> = counts.iter().map(|(k, v)| (*k, *v)).collect();
    println!("{} {:?}", sorted.len(), sorted.iter().take(4).collect::<Vec<_>>());
    let mut heap: BinaryHeap<_> = (0..1000).map(|_| next() % 10_000).collect();
    let top: Vec<_> = std::iter::from_fn(|| heap.pop()).take(5).collect();
    println!("{:?}", top);
    let mut ring: VecDeque<_> = (1..=41).collect();
    while ring.len() > 1 {
        ring.rotate_left(2);
        ring.pop_front();
    }
    println!("last {:?}", ring);
    println!("{:?}", 200u8.checked_add(100).map_or_else(|| 200u8.saturating_add(100), |v| v));
    println!("{:>8.3}|{:<6}|{:^7}|{:#x}|{:e}", 3.14159, "ab", "mid", 48879, 1234.5);
    println!("{}", "Größe: straße".to_uppercase().chars().rev().collect::<String>());
    let animals: Vec<Rc<dyn Animal>> = vec![Rc::new(Dog(2)), Rc::new(Cat)];
    println!("{}", animals.iter().map(|a| a.sound()).collect::<Vec<_>>().join(", "));

    let args: Vec<_> = std::env::args().skip(1).collect();
    println!("{:?} {:?}", args, std::env::var("GREETING"));
    let stdin = io::stdin();
    let total: usize = stdin.lock().lines().map(|l| l.map(|l| l.len())).sum::<io::Result<usize>>()?;
    println!("stdin {}", total);

    fs::create_dir_all("rust/inner")?;
    for i in 0..3 {
        let mut file = fs::File::create(format!("rust/inner/{}.txt", i))?;
        writeln!(file, "file {}", i)?;
    }
    let mut names: Vec<_> = fs::read_dir("rust/inner")?.map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    println!("{:?}", names);
    fs::rename("rust/inner/0.txt", "rust/moved.txt")?;
    let mut file = fs::OpenOptions::new().read(true).write(true).open("rust/moved.txt")?;
    file.seek(SeekFrom::End(0))?;
    file.write_all(b"more\n")?;
    file.seek(SeekFrom::Start(0))?;
    let mut content = String::new();
    file.read_to_string(&mut content)?;
    println!("{:?} {}", content, file.metadata()?.len());
    println!("{:?}", fs::metadata("rust/none").map_err(|e| e.kind()).err());
    fs::remove_dir_all("rust")?;
    std::process::exit(3)
}
