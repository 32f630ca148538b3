package org.rlhf4j.cuda.ptx;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.rlhf4j.cuda.ptx.Lexer.Kind;
import org.rlhf4j.cuda.ptx.Lexer.Token;

/**
 * Recursive descent over the tokens of one file: directives, entries, declarations, labels and
 * instructions. Knows the grammar and nothing of what an instruction does.
 */
final class Parser {
  private final String file;
  private final String text;
  private final List<Token> tokens;
  private int at;

  private String version = "";
  private String target = "";
  private final Map<String, Entry> entries = new LinkedHashMap<>();
  private final Map<String, Variable> shared = new LinkedHashMap<>();
  private int sharedBytes;

  // State of the entry being parsed.
  private final Deque<Map<String, Operand.Register>> scopes = new ArrayDeque<>();
  private final int[] slots = new int[3];
  private Map<String, Variable> variables = new LinkedHashMap<>();
  private int localBytes;
  private List<Instruction> instructions = new ArrayList<>();
  private Map<String, Integer> labels = new HashMap<>();

  Parser(String file, String text) {
    this.file = file;
    this.text = text;
    this.tokens = Lexer.tokens(file, text);
  }

  PtxModule module() {
    while (peek().kind() != Kind.END) {
      directive();
    }
    if (version.isEmpty() || target.isEmpty()) {
      throw error("a PTX file starts with .version and .target");
    }
    return new PtxModule(file, version, target, entries);
  }

  private void directive() {
    Token token = next();
    switch (token.text()) {
      case ".version" -> version = next().text();
      case ".target" -> {
        target = next().text();
        while (accept(",")) {
          next();
        }
      }
      case ".address_size" -> {
        if (!next().is("64")) {
          throw error("only .address_size 64 is supported");
        }
      }
      case ".visible", ".weak" -> {}
      case ".file" -> restOfLine(token);
      case ".section" -> section();
      case ".extern" -> {
        expect(".shared");
        variable(Variable.Space.SHARED, shared);
      }
      case ".shared" -> variable(Variable.Space.SHARED, shared);
      case ".entry" -> entry();
      default -> throw error("unexpected '" + token.text() + "' outside of an .entry");
    }
  }

  /** What compilers add for debuggers lasts to the end of its line. */
  private void restOfLine(Token directive) {
    while (peek().kind() != Kind.END && peek().line() == directive.line()) {
      next();
    }
  }

  /** {@code .section .debug_str { ... }}: bytes for debuggers. */
  private void section() {
    Token token = next();
    while (!token.is("}")) {
      token = next();
    }
  }

  private void entry() {
    String name = word("the name of the kernel");
    scopes.clear();
    scopes.push(new HashMap<>());
    java.util.Arrays.fill(slots, 0);
    variables = new LinkedHashMap<>(shared);
    localBytes = 0;
    int moduleShared = sharedBytes;
    instructions = new ArrayList<>();
    labels = new HashMap<>();
    List<Variable> parameters = parameters();
    int maxThreads = performance();
    expect("{");
    block();
    scopes.pop();
    // Running off the end of a kernel returns.
    instructions.add(
        new Instruction(
            tokens.get(at - 1).line(), "}", Optional.empty(), "ret", List.of(), List.of()));
    entries.put(
        name,
        new Entry(
            file,
            name,
            parameters,
            Map.copyOf(variables),
            maxThreads,
            sharedBytes,
            localBytes,
            List.copyOf(instructions),
            Map.copyOf(labels),
            new Entry.Banks(slots[0], slots[1], slots[2])));
    sharedBytes = moduleShared;
  }

  private List<Variable> parameters() {
    List<Variable> parameters = new ArrayList<>();
    int offset = 0;
    if (accept("(")) {
      while (!accept(")")) {
        expect(".param");
        int align = alignment();
        Type type = type();
        if (pointer()) {
          type = Type.U64;
        }
        String name = word("the name of a parameter");
        int bytes = type.bytes() * dimension();
        offset = roundUp(offset, Math.max(align, type.bytes()));
        Variable parameter = new Variable(name, Variable.Space.PARAM, type, offset, bytes);
        parameters.add(parameter);
        variables.put(name, parameter);
        offset += bytes;
        accept(",");
      }
    }
    return List.copyOf(parameters);
  }

  /** {@code .ptr .global .align 16}: compilers say so of a parameter that is an address. */
  private boolean pointer() {
    if (!accept(".ptr")) {
      return false;
    }
    if (peek().kind() == Kind.DOTTED && !peek().is(".align")) {
      next();
    }
    alignment();
    return true;
  }

  /** {@code .maxntid x, y, z}, {@code .reqntid}, {@code .minnctapersm} and their like. */
  private int performance() {
    int threads = 1024;
    while (peek().kind() == Kind.DOTTED) {
      String directive = next().text();
      int product = number();
      while (accept(",")) {
        product *= number();
      }
      if (directive.equals(".maxntid") || directive.equals(".reqntid")) {
        threads = product;
      }
    }
    return threads;
  }

  private void block() {
    while (!accept("}")) {
      if (accept("{")) {
        scopes.push(new HashMap<>());
        block();
        scopes.pop();
      } else if (peek().kind() == Kind.DOTTED) {
        declaration();
      } else if (peek().kind() == Kind.WORD && tokens.get(at + 1).is(":")) {
        label();
      } else {
        instruction();
      }
    }
  }

  private void declaration() {
    Token directive = next();
    switch (directive.text()) {
      case ".reg" -> registers();
      case ".shared" -> variable(Variable.Space.SHARED, variables);
      case ".local" -> variable(Variable.Space.LOCAL, variables);
      case ".pragma" -> {
        next();
        expect(";");
      }
      case ".loc" -> restOfLine(directive);
      default -> throw error("unexpected '" + directive.text() + "' in a kernel");
    }
  }

  private void registers() {
    Type type = type();
    do {
      String name = word("the name of a register");
      if (accept("<")) {
        int count = number();
        expect(">");
        for (int i = 0; i < count; i++) {
          declare(name + i, type);
        }
      } else {
        declare(name, type);
      }
    } while (accept(","));
    expect(";");
  }

  private void declare(String name, Type type) {
    int bank = type == Type.PRED ? 0 : type.bytes() <= 4 ? 1 : 2;
    var previous = scopes.element().put(name, new Operand.Register(name, type, slots[bank]++));
    if (previous != null) {
      throw error("register " + name + " is declared twice");
    }
  }

  private void variable(Variable.Space space, Map<String, Variable> into) {
    int align = alignment();
    Type type = type();
    String name = word("the name of a variable");
    boolean open = peek().is("[") && tokens.get(at + 1).is("]");
    int bytes = type.bytes() * dimension();
    expect(";");
    boolean isShared = space == Variable.Space.SHARED;
    int offset = roundUp(isShared ? sharedBytes : localBytes, Math.max(align, type.bytes()));
    into.put(name, new Variable(name, space, type, offset, open ? 0 : bytes));
    if (isShared) {
      sharedBytes = offset + (open ? 0 : bytes);
    } else {
      localBytes = offset + bytes;
    }
  }

  private void label() {
    String name = next().text();
    expect(":");
    if (labels.put(name, instructions.size()) != null) {
      throw error("label " + name + " is defined twice");
    }
  }

  private void instruction() {
    int line = peek().line();
    int start = peek().start();
    Optional<Instruction.Guard> guard = guard();
    String name = word("an instruction");
    List<String> modifiers = new ArrayList<>();
    while (peek().kind() == Kind.DOTTED) {
      modifiers.add(next().text().substring(1));
    }
    List<Operand> operands = new ArrayList<>();
    while (!peek().is(";")) {
      operands.add(operand());
      if (!peek().is(";")) {
        expect(",");
      }
    }
    int end = next().start();
    String written = text.substring(start, end).replaceAll("\\s+", " ");
    instructions.add(new Instruction(line, written, guard, name, List.copyOf(modifiers), operands));
  }

  private Optional<Instruction.Guard> guard() {
    if (!accept("@")) {
      return Optional.empty();
    }
    boolean negated = accept("!");
    String name = word("a predicate after @");
    if (lookup(name) instanceof Operand.Register p && p.type() == Type.PRED) {
      return Optional.of(new Instruction.Guard(p, negated));
    }
    throw error("the guard " + name + " is not a predicate register");
  }

  private Operand operand() {
    if (accept("[")) {
      Operand base = simple();
      long offset = 0;
      if (accept("+")) {
        offset = accept("-") ? -number() : number();
      } else if (accept("-")) {
        offset = -number();
      }
      expect("]");
      return new Operand.Address(base, offset);
    }
    if (accept("{")) {
      List<Operand> elements = new ArrayList<>();
      do {
        elements.add(simple());
      } while (accept(","));
      expect("}");
      return new Operand.Pack(List.copyOf(elements));
    }
    Operand first = simple();
    return accept("|") ? new Operand.Pair(first, simple()) : first;
  }

  private Operand simple() {
    if (accept("!")) {
      return new Operand.Not(simple());
    }
    if (accept("-")) {
      return switch (literal(next())) {
        case Operand.Whole whole -> new Operand.Whole(-whole.value());
        case Operand.Real real -> new Operand.Real(-real.value());
        default -> throw error("a minus sign stands before a decimal number only");
      };
    }
    if (peek().kind() == Kind.NUMBER) {
      return literal(next());
    }
    String name = word("an operand");
    return name.equals("_") ? new Operand.Sink() : lookup(name);
  }

  private Operand lookup(String name) {
    String full = name;
    if (peek().kind() == Kind.DOTTED) {
      full += next().text();
    }
    for (Map<String, Operand.Register> scope : scopes) {
      Operand.Register register = scope.get(full);
      if (register != null) {
        return register;
      }
    }
    return full.startsWith("%") ? new Operand.Special(full) : new Operand.Symbol(full);
  }

  private Operand literal(Token token) {
    String digits = token.text();
    if (token.kind() != Kind.NUMBER) {
      throw error("expected a number, found '" + digits + "'");
    }
    if (digits.matches("0[fF].{8}")) {
      return new Operand.Bits32((int) Long.parseLong(digits.substring(2), 16));
    }
    if (digits.matches("0[dD].{16}")) {
      long bits = Long.parseUnsignedLong(digits.substring(2), 16);
      return new Operand.Real(Double.longBitsToDouble(bits));
    }
    if (digits.matches("0[xX].*")) {
      return new Operand.Whole(Long.parseUnsignedLong(digits.substring(2).replace("U", ""), 16));
    }
    if (digits.matches("0[bB].*")) {
      return new Operand.Whole(Long.parseUnsignedLong(digits.substring(2).replace("U", ""), 2));
    }
    if (digits.matches("\\d+U?")) {
      return new Operand.Whole(Long.parseUnsignedLong(digits.replace("U", "")));
    }
    return new Operand.Real(Double.parseDouble(digits));
  }

  private int alignment() {
    if (!accept(".align")) {
      return 1;
    }
    return number();
  }

  /** The number of elements in {@code [n]}, 1 without brackets, 0 for {@code []}. */
  private int dimension() {
    if (!accept("[")) {
      return 1;
    }
    if (accept("]")) {
      return 0;
    }
    int count = number();
    expect("]");
    return count;
  }

  private Type type() {
    String modifier = next().text().substring(1);
    if (!Type.isType(modifier)) {
      throw error("'." + modifier + "' is not a type");
    }
    return Type.of(modifier);
  }

  private int number() {
    if (literal(next()) instanceof Operand.Whole whole) {
      return (int) whole.value();
    }
    throw error("expected a whole number");
  }

  private String word(String meaning) {
    if (peek().kind() != Kind.WORD) {
      throw error("expected " + meaning + ", found '" + peek().text() + "'");
    }
    return next().text();
  }

  private boolean accept(String expected) {
    if (peek().is(expected)) {
      at++;
      return true;
    }
    return false;
  }

  private void expect(String expected) {
    if (!accept(expected)) {
      throw error("expected '" + expected + "', found '" + peek().text() + "'");
    }
  }

  private Token peek() {
    return tokens.get(at);
  }

  private Token next() {
    Token token = tokens.get(at);
    if (token.kind() == Kind.END) {
      throw error("the file ends too early");
    }
    at++;
    return token;
  }

  private PtxSyntaxException error(String what) {
    return new PtxSyntaxException(file, tokens.get(Math.max(0, at - 1)).line(), what);
  }

  private static int roundUp(int value, int multiple) {
    return Math.ceilDiv(value, multiple) * multiple;
  }
}
