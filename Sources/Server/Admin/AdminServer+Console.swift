import HTTPTypes
import Hummingbird
import NIOCore

// The console: a page that reads the API with a token that is pasted into it. Its own files hold no data.
extension AdminServer {
  static func addConsole(to router: Router<AdminContext>) {
    for file in ConsoleFile.all {
      router.get(RouterPath(file.path)) { request, _ in
        var headers = fences
        headers[.contentType] = file.type
        headers[.eTag] = file.tag
        // It may be kept, but is asked for anew each time: a newer server has newer files.
        headers[.cacheControl] = "no-cache"
        if let known = request.headers[.ifNoneMatch], matches(known, file.tag) {
          return Response(status: .notModified, headers: headers)
        }
        return Response(
          status: .ok, headers: headers, body: ResponseBody(byteBuffer: ByteBuffer(bytes: file.bytes)))
      }
    }
  }

  /// Nothing from elsewhere, nothing inline, in nobody's frame, and no word to anybody about where it was.
  private static let fences: HTTPFields = {
    var headers: HTTPFields = [.xContentTypeOptions: "nosniff", .contentSecurityPolicy: contentSecurityPolicy]
    for (name, value) in [
      ("Referrer-Policy", "no-referrer"), ("Cross-Origin-Opener-Policy", "same-origin"),
      ("Cross-Origin-Resource-Policy", "same-origin"),
    ] {
      if let name = HTTPField.Name(name) { headers[name] = value }
    }
    return headers
  }()

  private static let contentSecurityPolicy = [
    "default-src 'none'", "script-src 'self'", "style-src 'self'", "connect-src 'self'", "img-src 'self'",
    "base-uri 'none'", "form-action 'none'", "frame-ancestors 'none'",
  ].joined(separator: "; ")

  /// RFC 9110 §13.1.2: a list of tags, weak ones too, or an asterisk.
  private static func matches(_ list: String, _ tag: String) -> Bool {
    list.split(separator: ",").contains { each in
      let text = each.drop { $0 == " " }.prefix { $0 != " " }
      return text == "*" || text == tag || text == "W/" + tag
    }
  }
}
