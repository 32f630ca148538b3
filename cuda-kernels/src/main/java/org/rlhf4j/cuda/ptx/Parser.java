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
  private final Tokens tokens;

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
    this.tokens = new Tokens(file, text);
  }

  PtxModule module() {
    while (tokens.peek().kind() != Kind.END) {
      directive();
    }
    if (version.isEmpty() || target.isEmpty()) {
      throw tokens.error("a PTX file starts with .version and .target");
    }
    return new PtxModule(file, version, target, entries);
  }

  private void directive() {
    Token token = tokens.next();
    switch (token.text()) {
      case ".version" -> version = tokens.next().text();
      case ".target" -> {
        target = tokens.next().text();
        while (tokens.accept(",")) {
          tokens.next();
        }
      }
      case ".address_size" -> {
        if (!tokens.next().is("64")) {
          throw tokens.error("only .address_size 64 is supported");
        }
      }
      case ".visible", ".weak" -> {}
      case ".file" -> tokens.skipLine(token);
      case ".section" -> section();
      case ".extern" -> {
        tokens.expect(".shared");
        variable(Variable.Space.SHARED, shared);
      }
      case ".shared" -> variable(Variable.Space.SHARED, shared);
      case ".entry" -> entry();
      default -> throw tokens.error("unexpected '" + token.text() + "' outside of an .entry");
    }
  }

  /** {@code .section .debug_str { ... }}: bytes for debuggers. */
  private void section() {
    Token token = tokens.next();
    while (!token.is("}")) {
      token = tokens.next();
    }
  }

  private void entry() {
    String name = tokens.word("the name of the kernel");
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
    tokens.expect("{");
    block();
    scopes.pop();
    // Running off the end of a kernel returns.
    instructions.add(
        new Instruction(tokens.line(), "}", Optional.empty(), "ret", List.of(), List.of()));
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
    if (tokens.accept("(")) {
      while (!tokens.accept(")")) {
        tokens.expect(".param");
        int align = alignment();
        Type type = tokens.type();
        if (pointer()) {
          type = Type.U64;
        }
        String name = tokens.word("the name of a parameter");
        int bytes = type.bytes() * dimension();
        offset = roundUp(offset, Math.max(align, type.bytes()));
        Variable parameter = new Variable(name, Variable.Space.PARAM, type, offset, bytes);
        parameters.add(parameter);
        variables.put(name, parameter);
        offset += bytes;
        tokens.accept(",");
      }
    }
    return List.copyOf(parameters);
  }

  /** {@code .ptr .global .align 16}: compilers say so of a parameter that is an address. */
  private boolean pointer() {
    if (!tokens.accept(".ptr")) {
      return false;
    }
    if (tokens.peek().kind() == Kind.DOTTED && !tokens.peek().is(".align")) {
      tokens.next();
    }
    alignment();
    return true;
  }

  /** {@code .maxntid x, y, z}, {@code .reqntid}, {@code .minnctapersm} and their like. */
  private int performance() {
    int threads = 1024;
    while (tokens.peek().kind() == Kind.DOTTED) {
      String directive = tokens.next().text();
      int product = tokens.number();
      while (tokens.accept(",")) {
        product *= tokens.number();
      }
      if (directive.equals(".maxntid") || directive.equals(".reqntid")) {
        threads = product;
      }
    }
    return threads;
  }

  private void block() {
    while (!tokens.accept("}")) {
      if (tokens.accept("{")) {
        scopes.push(new HashMap<>());
        block();
        scopes.pop();
      } else if (tokens.peek().kind() == Kind.DOTTED) {
        declaration();
      } else if (tokens.peek().kind() == Kind.WORD && tokens.isFollowedBy(":")) {
        label();
      } else {
        instruction();
      }
    }
  }

  private void declaration() {
    Token directive = tokens.next();
    switch (directive.text()) {
      case ".reg" -> registers();
      case ".shared" -> variable(Variable.Space.SHARED, variables);
      case ".local" -> variable(Variable.Space.LOCAL, variables);
      case ".pragma" -> {
        tokens.next();
        tokens.expect(";");
      }
      case ".loc" -> tokens.skipLine(directive);
      default -> throw tokens.error("unexpected '" + directive.text() + "' in a kernel");
    }
  }

  private void registers() {
    Type type = tokens.type();
    do {
      String name = tokens.word("the name of a register");
      if (tokens.accept("<")) {
        int count = tokens.number();
        tokens.expect(">");
        for (int i = 0; i < count; i++) {
          declare(name + i, type);
        }
      } else {
        declare(name, type);
      }
    } while (tokens.accept(","));
    tokens.expect(";");
  }

  private void declare(String name, Type type) {
    int bank = type == Type.PRED ? 0 : type.bytes() <= 4 ? 1 : 2;
    var previous = scopes.element().put(name, new Operand.Register(name, type, slots[bank]++));
    if (previous != null) {
      throw tokens.error("register " + name + " is declared twice");
    }
  }

  private void variable(Variable.Space space, Map<String, Variable> into) {
    int align = alignment();
    Type type = tokens.type();
    String name = tokens.word("the name of a variable");
    boolean open = tokens.peek().is("[") && tokens.isFollowedBy("]");
    int bytes = type.bytes() * dimension();
    tokens.expect(";");
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
    String name = tokens.next().text();
    tokens.expect(":");
    if (labels.put(name, instructions.size()) != null) {
      throw tokens.error("label " + name + " is defined twice");
    }
  }

  private void instruction() {
    int line = tokens.peek().line();
    int start = tokens.peek().start();
    Optional<Instruction.Guard> guard = guard();
    String name = tokens.word("an instruction");
    List<String> modifiers = new ArrayList<>();
    while (tokens.peek().kind() == Kind.DOTTED) {
      modifiers.add(tokens.next().text().substring(1));
    }
    List<Operand> operands = new ArrayList<>();
    while (!tokens.peek().is(";")) {
      operands.add(operand());
      if (!tokens.peek().is(";")) {
        tokens.expect(",");
      }
    }
    int end = tokens.next().start();
    String written = text.substring(start, end).replaceAll("\\s+", " ");
    instructions.add(new Instruction(line, written, guard, name, List.copyOf(modifiers), operands));
  }

  private Optional<Instruction.Guard> guard() {
    if (!tokens.accept("@")) {
      return Optional.empty();
    }
    boolean negated = tokens.accept("!");
    String name = tokens.word("a predicate after @");
    if (lookup(name) instanceof Operand.Register p && p.type() == Type.PRED) {
      return Optional.of(new Instruction.Guard(p, negated));
    }
    throw tokens.error("the guard " + name + " is not a predicate register");
  }

  private Operand operand() {
    if (tokens.accept("[")) {
      Operand base = simple();
      long offset = 0;
      if (tokens.accept("+")) {
        offset = tokens.accept("-") ? -tokens.number() : tokens.number();
      } else if (tokens.accept("-")) {
        offset = -tokens.number();
      }
      tokens.expect("]");
      return new Operand.Address(base, offset);
    }
    if (tokens.accept("{")) {
      List<Operand> elements = new ArrayList<>();
      do {
        elements.add(simple());
      } while (tokens.accept(","));
      tokens.expect("}");
      return new Operand.Pack(List.copyOf(elements));
    }
    Operand first = simple();
    return tokens.accept("|") ? new Operand.Pair(first, simple()) : first;
  }

  private Operand simple() {
    if (tokens.accept("!")) {
      return new Operand.Not(simple());
    }
    if (tokens.accept("-")) {
      return switch (tokens.literal(tokens.next())) {
        case Operand.Whole whole -> new Operand.Whole(-whole.value());
        case Operand.Real real -> new Operand.Real(-real.value());
        default -> throw tokens.error("a minus sign stands before a decimal number only");
      };
    }
    if (tokens.peek().kind() == Kind.NUMBER) {
      return tokens.literal(tokens.next());
    }
    String name = tokens.word("an operand");
    return name.equals("_") ? new Operand.Sink() : lookup(name);
  }

  private Operand lookup(String name) {
    String full = name;
    if (tokens.peek().kind() == Kind.DOTTED) {
      full += tokens.next().text();
    }
    for (Map<String, Operand.Register> scope : scopes) {
      Operand.Register register = scope.get(full);
      if (register != null) {
        return register;
      }
    }
    return full.startsWith("%") ? new Operand.Special(full) : new Operand.Symbol(full);
  }

  private int alignment() {
    if (!tokens.accept(".align")) {
      return 1;
    }
    return tokens.number();
  }

  /** The number of elements in {@code [n]}, 1 without brackets, 0 for {@code []}. */
  private int dimension() {
    if (!tokens.accept("[")) {
      return 1;
    }
    if (tokens.accept("]")) {
      return 0;
    }
    int count = tokens.number();
    tokens.expect("]");
    return count;
  }

  private static int roundUp(int value, int multiple) {
    return Math.ceilDiv(value, multiple) * multiple;
  }
}
