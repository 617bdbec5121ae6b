/// Files that tests make at run time, with Debian's own tools.
public enum Fixtures {
}
