import FuzzSupport
#if !FUZZING
  @main
  enum Replayer { static func main() {} }
#endif
