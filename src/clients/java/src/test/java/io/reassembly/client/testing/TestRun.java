package io.reassembly.client.testing;

import java.util.ArrayList;
import java.util.List;
import org.junit.runner.Description;
import org.junit.runner.JUnitCore;
import org.junit.runner.Result;
import org.junit.runner.notification.Failure;
import org.junit.runner.notification.RunListener;

/** Runs test classes and tells each failure, and each test that takes a second, as it happens; JUnit's own runner keeps all for the end. */
public final class TestRun extends RunListener {
    private long startedAt;

    private TestRun() {
    }

    /** {@code TestRun CLASS…} */
    public static void main(String[] names) throws ClassNotFoundException {
        List<Class<?>> classes = new ArrayList<>();
        for (String name : names) {
            classes.add(Class.forName(name));
        }

        JUnitCore runner = new JUnitCore();
        runner.addListener(new TestRun());
        Result result = runner.run(classes.toArray(Class<?>[]::new));
        System.out.printf("%d tests, %d failed, %d ignored, %.1f s%n",
            result.getRunCount(), result.getFailureCount(), result.getIgnoreCount(), result.getRunTime() / 1000.0);
        System.exit(result.wasSuccessful() ? 0 : 1);
    }

    @Override
    public void testStarted(Description test) {
        startedAt = System.nanoTime();
    }

    @Override
    public void testFinished(Description test) {
        double seconds = (System.nanoTime() - startedAt) / 1e9;
        if (seconds >= 1) {
            System.out.printf("%s: %.1f s%n", test.getDisplayName(), seconds);
        }
    }

    @Override
    public void testFailure(Failure failure) {
        System.out.println("FAILED " + failure.getTestHeader() + System.lineSeparator() + failure.getTrimmedTrace());
    }
}
