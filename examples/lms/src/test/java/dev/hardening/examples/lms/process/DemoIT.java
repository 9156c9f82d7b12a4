package dev.hardening.examples.lms.process;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hardening.testing.Eventually;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The school that {@code --demo} brings, and a hundred requests at once by its people. */
@Tag("slow")
@Tag("database")
class DemoIT {
    private static final Pattern CREDENTIALS = Pattern.compile("(\\S+@demo\\.example) +(\\S+)");
    private static final int TOGETHER = 100;

    @TempDir
    private Path folder;

    @Test
    void demo_startedTwice_bringsOneSchoolAndTellsPasswordsOnce() throws Exception {
        List<Person> people;
        try (LmsProcess lms = demo(folder.resolve("home"))) {
            people = people(lms);
            assertEquals(5, people.size(), lms.output());
            for (Person person : people) {
                String courses = person.login(lms).get(lms, "/api/courses").body();
                assertTrue(courses.contains("Algebra") && courses.contains("Botany"), courses);
            }
            allAtOnce(lms, people);
            assertEquals(0, lms.terminate(), lms.output());
        }
        try (LmsProcess lms = demo(folder.resolve("home"))) {
            assertEquals(List.of(), people(lms), "a password is told once");
            people.get(0).login(lms);
            String courses = people.get(0).get(lms, "/api/courses").body();
            assertEquals(courses.indexOf("Algebra"), courses.lastIndexOf("Algebra"), "no second school: " + courses);
            assertEquals(0, lms.terminate(), lms.output());
        }
    }

    /** Each of five people sends what one may send in a second; nobody is refused. */
    private static void allAtOnce(LmsProcess lms, List<Person> people) throws Exception {
        long full = System.nanoTime() + Duration.ofSeconds(1).toNanos();
        Eventually.until(Duration.ofSeconds(5), "every limit is full again", () -> System.nanoTime() - full >= 0);
        ExecutorService threads = Executors.newFixedThreadPool(TOGETHER);
        List<Future<Integer>> answers = new ArrayList<>();
        for (int i = 0; i < TOGETHER; i++) {
            Person person = people.get(i % people.size());
            answers.add(
                    threads.submit(() -> person.get(lms, "/api/courses?limit=5").statusCode()));
        }
        threads.shutdown();

        assertTrue(threads.awaitTermination(5, TimeUnit.SECONDS), "all answered within 5 s");
        List<Integer> statuses = new ArrayList<>();
        for (Future<Integer> answer : answers) {
            statuses.add(answer.get());
        }
        assertEquals(Collections.nCopies(TOGETHER, 200), statuses);
    }

    /** Everybody whose password the service told. */
    static List<Person> people(LmsProcess lms) {
        List<Person> people = new ArrayList<>();
        Matcher line = CREDENTIALS.matcher(lms.output());
        while (line.find()) {
            people.add(new Person(line.group(1), line.group(2)));
        }
        return people;
    }

    /** Starts the service with a school in it. */
    static LmsProcess demo(Path home) {
        List<String> command =
                Stream.concat(LmsProcess.jar().stream(), Stream.of("--demo")).toList();
        LmsProcess lms = LmsProcess.launch(home, Map.of(), command);
        assertFalse(lms.awaitReady().output().contains("\tat "), lms.output());
        return lms;
    }
}
