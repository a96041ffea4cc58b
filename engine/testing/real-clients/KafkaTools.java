// Kafka's command-line tools, one after the other in one Java machine: starting one for each of them would take most of
// the time of the tests. A line of JSON on standard input names a tool, its words and its standard input; the answer is
// a line with its exit code, its output and its errors.
//
// What a tool would find in a process of its own is made for it here. Where it exits it is stopped by an error; from
// then on nothing is heard of it, and nothing of threads that it leaves behind. What it wanted to be done at its exit
// is done when it has ended. Its classes are loaded anew each time, since some of them count in static fields.

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedReader;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.File;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.io.PrintStream;
import java.lang.reflect.InvocationTargetException;
import java.net.URL;
import java.net.URLClassLoader;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.utils.Exit;

import static java.nio.charset.StandardCharsets.UTF_8;

public final class KafkaTools {
    private static final ObjectMapper JSON = new ObjectMapper();

    private final URL toolsJar;
    private final Heard output = new Heard();
    private final Heard errors = new Heard();
    private final List<Runnable> atExit = new ArrayList<>();
    /** The threads of the tool that runs now. */
    private volatile ThreadGroup threads = new ThreadGroup("no tool");
    /** What it exited with; null while it has not. */
    private volatile Integer code;

    /** Runs what it is told until its standard input ends. Its word: the jar of the tools, not on the class path. */
    public static void main(String[] words) throws Exception {
        PrintStream answers = System.out;
        BufferedReader orders = new BufferedReader(new InputStreamReader(System.in, UTF_8));
        KafkaTools tools = new KafkaTools(words[0]);
        for (String line = orders.readLine(); line != null; line = orders.readLine()) {
            answers.println(JSON.writeValueAsString(tools.run(JSON.readTree(line))));
        }
        // Threads that were left behind would keep it alive.
        System.exit(0);
    }

    private KafkaTools(String toolsJar) throws Exception {
        this.toolsJar = new File(toolsJar).toURI().toURL();
        System.setOut(new PrintStream(output, true, UTF_8));
        System.setErr(new PrintStream(errors, true, UTF_8));
        Exit.setExitProcedure((status, message) -> exit(status));
        Exit.setHaltProcedure((status, message) -> exit(status));
        Exit.setShutdownHookAdder((name, hook) -> atExit.add(hook));
    }

    private Map<String, Object> run(JsonNode order) throws InterruptedException {
        String tool = order.get("tool").asText();
        String[] words = JSON.convertValue(order.get("words"), String[].class);
        System.setIn(new ByteArrayInputStream(order.get("input").asText().getBytes(UTF_8)));
        output.bytes.reset();
        errors.bytes.reset();
        atExit.clear();
        code = null;
        threads = new ThreadGroup(tool);
        Thread main = new Thread(threads, () -> live(tool, words));
        main.start();
        main.join();
        return Map.of("code", code, "output", output.bytes.toString(UTF_8), "errors", errors.bytes.toString(UTF_8));
    }

    /** From the start of a tool to its end. */
    private void live(String tool, String[] words) {
        start(tool, words);
        int status = code == null ? 0 : code;
        code = null;
        for (Runnable hook : atExit) hook.run();
        code = status;
    }

    /** Runs its main, with classes that no tool before it has touched. */
    private void start(String tool, String[] words) {
        // Never closed: a thread that outlasts its tool may still need a class.
        ClassLoader fresh = new URLClassLoader(new URL[] {toolsJar}, KafkaTools.class.getClassLoader());
        Thread.currentThread().setContextClassLoader(fresh);
        try {
            fresh.loadClass(tool).getMethod("main", String[].class).invoke(null, (Object) words);
        } catch (ReflectiveOperationException stopped) {
            if (code != null) return;
            // As a machine does with what nobody caught.
            (stopped instanceof InvocationTargetException ? stopped.getCause() : stopped).printStackTrace();
            code = 1;
        }
    }

    /** The first time counts: a tool may catch the error that was to stop it, and exit again. */
    private void exit(int status) {
        if (code == null) code = status;
        throw new Exited();
    }

    /** Stops a tool where it would have ended its process. */
    private static final class Exited extends Error {
    }

    /** Takes what the threads of the tool say before it exits. */
    private final class Heard extends OutputStream {
        private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();

        @Override
        public void write(int one) {
            write(new byte[] {(byte) one}, 0, 1);
        }

        @Override
        public void write(byte[] more, int from, int length) {
            ThreadGroup speaking = Thread.currentThread().getThreadGroup();
            if (code == null && threads.parentOf(speaking)) bytes.write(more, from, length);
        }
    }
}
