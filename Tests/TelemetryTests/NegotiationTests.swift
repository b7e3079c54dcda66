import Telemetry
import Testing

/// What scrapers ask for and get (RFC 9110 §12.4.2, §12.5.1, §12.5.3).
@Suite struct NegotiationTests {
  static let prometheus2 =
    "application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,"
    + "text/plain;version=0.0.4;q=0.5,*/*;q=0.1"
  static let prometheus3 =
    "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited;q=0.6,"
    + "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.5,"
    + "application/openmetrics-text;version=0.0.1;q=0.4,text/plain;version=1.0.0;escaping=allow-utf-8;q=0.3,"
    + "text/plain;version=0.0.4;q=0.2,*/*;q=0.1"

  @Test(
    arguments: [
      // What real ones send.
      (prometheus2, MetricsFormat.openMetrics), (prometheus3, .openMetrics),
      ("*/*", .prometheusText),
      ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", .prometheusText),
      (nil, .prometheusText), ("", .prometheusText),
      // By weight.
      ("text/plain;version=0.0.4;q=0.9,application/openmetrics-text;version=1.0.0;q=0.8", .prometheusText),
      ("text/plain;q=0.8, application/openmetrics-text;q=0.9", .openMetrics),
      ("application/openmetrics-text;q=0.001,*/*;q=0", .openMetrics),
      ("application/openmetrics-text;q=0,*/*", .prometheusText),
      ("application/openmetrics-text;q=0", .prometheusText),
      // Named, and of one weight with text.
      ("application/openmetrics-text", .openMetrics), ("text/plain, application/openmetrics-text", .openMetrics),
      ("application/*", .openMetrics), ("*/*;q=0.5, text/plain;q=0.5", .prometheusText),
      ("text/*;q=0.3, application/*;q=0.4", .openMetrics),
      // The most precise range decides.
      (
        "application/openmetrics-text;version=1.0.0;q=0.1, application/openmetrics-text;q=1, text/plain;q=0.5",
        .prometheusText
      ),
      ("application/*;q=0, application/openmetrics-text", .openMetrics),
      // Versions that we do not write.
      ("application/openmetrics-text;version=0.0.1", .prometheusText),
      ("application/openmetrics-text;version=2.0.0,text/plain;version=1.0.0;q=0.1", .prometheusText),
      // Cases, quotes, blanks.
      ("Application/OpenMetrics-Text ; Version=\"1.0.0\" ; Q=1.000", .openMetrics),
      ("application/openmetrics-text;charset=\"a,b;c\"", .openMetrics),
      // What is no weight makes no range.
      ("application/openmetrics-text;q=2", .prometheusText), ("application/openmetrics-text;q=1.001", .prometheusText),
      ("application/openmetrics-text;q=0.0001", .prometheusText), ("application/openmetrics-text;q=", .prometheusText),
      ("application/openmetrics-text;q=x", .prometheusText), ("application/openmetrics-text;q=-1", .prometheusText),
      ("application/openmetrics-text;q=1.", .openMetrics),
      (";,;=,\"", .prometheusText), ("application", .prometheusText),
      ("application/openmetrics-text/x", .prometheusText),
    ] as [(String?, MetricsFormat)])
  func theFormIsTheOnePreferred(accept: String?, format: MetricsFormat) {
    #expect(MetricsFormat(accept: accept) == format)
  }

  @Test func elementsBeyondTheLimitAreNotRead() {
    let filler = [String](repeating: "a/b", count: 31).joined(separator: ",")
    #expect(MetricsFormat(accept: filler + ",application/openmetrics-text") == .openMetrics)
    #expect(MetricsFormat(accept: filler + ",a/b,application/openmetrics-text") == .prometheusText)
    let parameters = [String](repeating: ";a=b", count: 8).joined()
    #expect(MetricsFormat(accept: "application/openmetrics-text\(parameters)") == .openMetrics)
    // The ninth parameter, which would be the weight.
    #expect(MetricsFormat(accept: "application/openmetrics-text\(parameters);q=0") == .openMetrics)
    #expect(MetricsFormat(accept: "application/openmetrics-text\(parameters.dropLast(4));q=0") == .prometheusText)
  }

  @Test(
    arguments: [
      ("gzip", ContentCoding.gzip), ("gzip, deflate, br", .gzip), ("x-gzip", .gzip), ("*", .gzip), ("GZIP", .gzip),
      ("gzip;q=0.5", .gzip), ("identity;q=0, gzip;q=0.1", .gzip), ("gzip;q=0.5, identity;q=0.5", .gzip),
      (nil, .identity), ("", .identity), ("identity", .identity), ("br", .identity), ("gzip;q=0", .identity),
      ("gzip;q=0, *", .identity), ("*;q=0", .identity), ("gzip;q=0.4, identity;q=0.5", .identity),
      ("gzip;q=2", .identity),
    ] as [(String?, ContentCoding)])
  func gzipIsUsedWhereItIsWanted(accept: String?, coding: ContentCoding) {
    #expect(ContentCoding(acceptEncoding: accept) == coding)
  }
}
