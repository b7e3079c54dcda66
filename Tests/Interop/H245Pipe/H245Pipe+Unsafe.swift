import Glibc
import H245
import PER

/// H.245 messages behind a pipe, for tests that set them beside another implementation.
///
/// On standard input and standard output there are frames: a length of four bytes in network order and so many bytes. Each
/// frame that comes in is the encoding of a message. Its answer is, of four bytes of length each, the encoding of the message
/// as it was understood and the same as JSON; of nothing when it was refused.
///
/// The JSON has the names of the standard: an object for a SEQUENCE; for a CHOICE an object with one member, the
/// alternative, `null` where it is a NULL; octets and characters as hexadecimal digits.
@main
enum H245Pipe {
  static func main() {
    while let octets = readFrame() {
      guard let message = try? MultimediaSystemControlMessage(decoding: octets.span),
        let again = try? message.encoded()
      else {
        writeFrame([])
        continue
      }
      var text = ""
      Description.write(message, into: &text)
      writeFrame(word(again.count) + again + word(text.utf8.count) + Array(text.utf8))
    }
  }

  static func word(_ count: Int) -> [UInt8] {
    [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: count >> $0) }
  }

  static func readFrame() -> [UInt8]? {
    guard let head = read(4) else { return nil }
    return read(head.reduce(0) { $0 << 8 | Int($1) })
  }

  static func read(_ count: Int) -> [UInt8]? {
    var bytes = [UInt8](repeating: 0, count: count)
    var done = 0
    while done < count {
      // Sound: the buffer has `count - done` bytes from there on.
      let read = unsafe bytes.withUnsafeMutableBytes {
        unsafe Glibc.read(0, $0.baseAddress?.advanced(by: done), count - done)
      }
      guard read > 0 else { return nil }
      done += read
    }
    return bytes
  }

  static func writeFrame(_ bytes: [UInt8]) {
    let frame = word(bytes.count) + bytes
    var done = 0
    while done < frame.count {
      // Sound: the buffer has so many bytes from there on.
      let written = unsafe frame.withUnsafeBytes {
        unsafe Glibc.write(1, $0.baseAddress?.advanced(by: done), frame.count - done)
      }
      guard written > 0 else { exit(1) }
      done += written
    }
  }
}
