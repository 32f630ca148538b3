package org.rlhf4j.cuda.driver;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.List;

/** A driver whose calls are written down by name. */
public record RecordedDriver(Driver driver, List<String> calls) {
  public static RecordedDriver around(Driver inner) {
    List<String> calls = new ArrayList<>();
    Driver recording =
        (Driver)
            Proxy.newProxyInstance(
                RecordedDriver.class.getClassLoader(),
                new Class<?>[] {Driver.class},
                (_, method, arguments) -> {
                  calls.add(method.getName());
                  try {
                    return method.invoke(inner, arguments);
                  } catch (InvocationTargetException e) {
                    throw e.getCause();
                  }
                });
    return new RecordedDriver(recording, calls);
  }

  public long count(String call) {
    return calls.stream().filter(call::equals).count();
  }
}
