package org.rlhf4j.cuda;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.Set;
import org.rlhf4j.cuda.driver.Driver;
import org.rlhf4j.cuda.driver.Launch;
import org.rlhf4j.cuda.ptx.PtxModule;

/** A driver for which one kernel file has another text. */
final class ChangedKernel {
  private ChangedKernel() {}

  /**
   * Stands before another driver.
   *
   * @param launched receives the files of all launches
   */
  static Driver on(Driver driver, String file, String text, Set<String> launched) {
    return (Driver)
        Proxy.newProxyInstance(
            ChangedKernel.class.getClassLoader(),
            new Class<?>[] {Driver.class},
            (proxy, method, arguments) -> {
              Object[] given = arguments;
              if (method.getName().equals("launch")) {
                launched.add(((Launch) arguments[1]).file());
              }
              if (method.getName().equals("load")
                  && ((PtxModule) arguments[0]).file().equals(file)) {
                given = new Object[] {PtxModule.parse(file, text), text};
              }
              try {
                return method.invoke(driver, given);
              } catch (InvocationTargetException e) {
                throw e.getCause();
              }
            });
  }
}
