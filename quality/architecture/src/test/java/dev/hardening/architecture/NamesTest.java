package dev.hardening.architecture;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.fields;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.methods;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaMethod;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;
import java.io.Serializable;
import java.util.Arrays;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** What STYLE.md says about names and shapes, as far as a machine can tell. */
class NamesTest {
    private static final String DUMPS = ".*(Utils?|Helpers?|Manager|Impl|Commons?)";
    private static final String GENERIC = "(Default|Abstract|Base)[A-Z].*";

    @Test
    void types_always_sayWhatTheyAre() {
        noClasses().should().haveNameMatching(DUMPS).check(Modules.classes());
        classes()
                .should(be(
                        "named by what differs", type -> !type.getSimpleName().matches(GENERIC)))
                .check(Modules.classes());
    }

    @Test
    void publicTypes_always_areClosed() {
        classes()
                .that()
                .arePublic()
                .and()
                .areNotInterfaces()
                .and()
                .areNotEnums()
                .should(be("final or sealed", NamesTest::closed))
                .check(Modules.classes());
    }

    @Test
    void accessors_always_haveNoGet() {
        methods()
                .that()
                .arePublic()
                .and()
                .haveNameMatching("(get|set)[A-Z].*")
                .should(only("methods that a foreign type declares", NamesTest::inherited))
                .allowEmptyShould(true)
                .check(Modules.classes());
    }

    @Test
    void publicMethods_always_takeNoBoolean() {
        methods()
                .that()
                .arePublic()
                .and()
                .areDeclaredInClassesThat()
                .arePublic()
                .should(only("methods without a boolean parameter", NamesTest::withoutBoolean))
                .check(Modules.classes());
    }

    @Test
    void staticFields_always_areFinal() {
        fields().that().areStatic().should().beFinal().check(Modules.classes());
    }

    @Test
    void values_always_refuseSerialization() {
        noClasses()
                .that()
                .areNotAssignableTo(Throwable.class)
                .and()
                .areNotEnums()
                .and()
                .areNotAnonymousClasses()
                .should()
                .implement(Serializable.class)
                .check(Modules.classes());
    }

    @Test
    void exceptions_always_areOfTheThreeKinds() {
        classes()
                .that()
                .areAssignableTo(Throwable.class)
                .and()
                .arePublic()
                .should()
                .haveNameMatching(".*(ConfigurationException|UnavailableException)")
                .check(Modules.classes());
    }

    private static boolean closed(JavaClass type) {
        return type.getModifiers().contains(JavaModifier.FINAL)
                || type.reflect().isSealed();
    }

    private static boolean withoutBoolean(JavaMethod method) {
        return inherited(method)
                || method.getRawParameterTypes().stream()
                        .noneMatch(parameter -> parameter.isEquivalentTo(boolean.class));
    }

    private static boolean inherited(JavaMethod method) {
        JavaClass owner = method.getOwner();
        return Stream.concat(owner.getAllRawSuperclasses().stream(), owner.getAllRawInterfaces().stream())
                .filter(type -> !type.getName().startsWith(Modules.ROOT))
                .flatMap(type -> Arrays.stream(type.reflect().getMethods()))
                .anyMatch(declared -> declared.getName().equals(method.getName()));
    }

    private static ArchCondition<JavaClass> be(String what, Predicate<JavaClass> test) {
        return new ArchCondition<>("be " + what) {
            @Override
            public void check(JavaClass type, ConditionEvents events) {
                if (!test.test(type)) {
                    events.add(SimpleConditionEvent.violated(type, type.getName() + " is not " + what));
                }
            }
        };
    }

    private static ArchCondition<JavaMethod> only(String what, Predicate<JavaMethod> test) {
        return new ArchCondition<>("be only " + what) {
            @Override
            public void check(JavaMethod method, ConditionEvents events) {
                if (!test.test(method)) {
                    events.add(SimpleConditionEvent.violated(method, method.getFullName() + ": only " + what));
                }
            }
        };
    }
}
