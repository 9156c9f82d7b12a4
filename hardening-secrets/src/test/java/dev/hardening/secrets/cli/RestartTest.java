package dev.hardening.secrets.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.jar.Attributes;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RestartTest {
    private static final Path JAVA = Path.of("/opt/jdk/bin/java");
    private static final String MAIN = SecretsCommand.class.getName();

    @TempDir
    Path home;

    private Path jar;

    @BeforeEach
    void makeAJar() throws Exception {
        jar = jar("hs.jar", MAIN);
    }

    private Path jar(String name, String main) throws Exception {
        Path file = home.resolve(name);
        Manifest manifest = new Manifest();
        manifest.getMainAttributes().put(Attributes.Name.MANIFEST_VERSION, "1.0");
        if (!main.isEmpty()) {
            manifest.getMainAttributes().put(Attributes.Name.MAIN_CLASS, main);
        }
        new JarOutputStream(Files.newOutputStream(file), manifest).close();
        return file;
    }

    private List<String> command(String classPath) {
        return Restart.command(JAVA, classPath, jar, home);
    }

    @Test
    void command_jarOfAnyName_isThatJarInFull() {
        List<String> expected = List.of(JAVA.toString(), "-jar", jar.toString());

        assertEquals(expected, command("hs.jar"));
        assertEquals(expected, command(jar.toString()));
    }

    @Test
    void command_jarAboveTheFolder_isThatJarInFull() throws Exception {
        Path repository = Files.createDirectories(home.resolve("a/b"));

        assertEquals(
                List.of(JAVA.toString(), "-jar", jar.toRealPath().toString()),
                Restart.command(JAVA, "../../hs.jar", jar, repository));
    }

    @Test
    void command_linkToAJar_staysThatLink() throws Exception {
        Path link = Files.createSymbolicLink(home.resolve("current.jar"), jar);

        assertEquals(List.of(JAVA.toString(), "-jar", link.toString()), command("current.jar"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "org.example.Other"})
    void command_jarThatRunsSomethingElse_isAClassPath(String main) throws Exception {
        jar("hs.jar", main);

        assertEquals(List.of(JAVA.toString(), "-cp", jar.toString(), MAIN), command("hs.jar"));
    }

    @Test
    void command_severalEntries_areAllInFull() throws Exception {
        Files.createDirectory(home.resolve("classes"));

        assertEquals(
                List.of(
                        JAVA.toString(),
                        "-cp",
                        home.resolve("classes") + File.pathSeparator + jar + File.pathSeparator + "/opt/x.jar",
                        MAIN),
                command(String.join(File.pathSeparator, "classes", "hs.jar", "/opt/x.jar")));
    }

    @Test
    void command_entryThatDependsOnTheFolder_isNone() {
        assertEquals(List.of(), command(""));
        assertEquals(List.of(), command("hs.jar" + File.pathSeparator));
        assertEquals(List.of(), command(File.pathSeparator + "hs.jar"));
        assertEquals(List.of(), command("hs.jar" + File.pathSeparator + File.pathSeparator + "b.jar"));
        assertEquals(List.of(), command("hs.jar" + File.pathSeparator + "../gone/b.jar"));
    }

    @Test
    void command_classPathWithoutThisProgram_isNone() throws Exception {
        Path other = jar("other.jar", MAIN);

        assertEquals(List.of(), command(other.toString()));
    }

    @Test
    void ofProcess_always_dependsOnNoFolder() {
        List<String> command = Restart.ofProcess();

        if (!command.isEmpty()) {
            assertTrue(Path.of(command.get(0)).isAbsolute(), command.toString());
            for (String entry : command.get(2).split(File.pathSeparator, -1)) {
                assertTrue(Path.of(entry).isAbsolute(), command.toString());
            }
        }
        assertFalse(command.contains(""), command.toString());
    }
}
